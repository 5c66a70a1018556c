"""Draws workflows for tests, and the node types that they use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.catalog import Catalog
from graph.spec import Choice, Float, Group, Input, Int, NodeSpec, Output, Port, Text
from graph.workflow import read_workflow

GROWING = Group("COMFY_AUTOGROW_V3", {"template": {"input": {"required": {"image": ["IMAGE", {}]}}, "prefix": "image"}})
CHOOSING = Group(
    "COMFY_DYNAMICCOMBO_V3",
    {
        "options": [
            {"key": "scale", "inputs": {"required": {"factor": ["FLOAT", {"default": 2.0}], "image": ["IMAGE", {}]}}},
            {"key": "size", "inputs": {"required": {"width": ["INT", {}]}, "optional": {"height": ["INT", {}]}}},
            {
                "key": "dice",
                "inputs": {
                    "required": {
                        "seed": ["INT", {}],
                        "more": [
                            "COMFY_DYNAMICCOMBO_V3",
                            {
                                "options": [
                                    {"key": "no", "inputs": {}},
                                    {"key": "yes", "inputs": {"required": {"word": ["STRING", {}]}}},
                                ]
                            },
                        ],
                    }
                },
            },
        ]
    },
)

CATALOG = Catalog(
    [
        NodeSpec("Load", (Input("file", Choice(folder="models")),), (Output("MODEL", "MODEL"), Output("CLIP", "CLIP"))),
        NodeSpec(
            "Sample",
            (
                Input("model", Port("MODEL")),
                Input("seed", Int(0, 99, reroll=True), default=0),
                Input("steps", Int(1, 100), default=20),
                Input("mask", Port("MASK"), required=False),
                Input("strength", Float(), required=False, default=1.0),
                Input("sampler", Choice(("euler", "heun"))),
            ),
            (Output("LATENT", "LATENT"),),
        ),
        NodeSpec(
            "Patch",
            (Input("clip", Port("CLIP")), Input("model", Port("MODEL")), Input("amount", Int(), default=1)),
            (Output("CLIP", "CLIP"), Output("MODEL", "MODEL")),
        ),
        NodeSpec("Text", (Input("text", Text(dynamic_prompts=True)),), (Output("STRING", "STRING"),)),
        NodeSpec("Pick", (Input("file", Choice(("a", "b"), reroll=True)), Input("n", Int(), default=0))),
        NodeSpec("Join", (Input("images", GROWING), Input("n", Int(), default=0)), (Output("IMAGE", "IMAGE"),)),
        NodeSpec("Resize", (Input("by", CHOOSING), Input("n", Int(), default=0)), (Output("IMAGE", "IMAGE"),)),
        NodeSpec("Scene", (Input("file", Choice(folder="input")), Input("view", Port("LOAD_3D")), Input("n", Int()))),
        NodeSpec("Open", (Input("image", Choice(folder="input", upload="image")),), (Output("IMAGE", "IMAGE"),)),
        NodeSpec("Save", (Input("images", Port("*")), Input("prefix", Text(), default="x")), is_output=True),
    ]
)


class Sheet:
    """Builds a workflow: ``sheet.node(...)`` returns the id, ``sheet.link(...)`` joins two."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.links: list[Any] = []
        self.more: dict[str, Any] = {}

    def node(
        self,
        node_type: str,
        values: Any = None,
        *,
        inputs: Mapping[str, str] | None = None,
        outputs: tuple[str, ...] = (),
        **more: Any,
    ) -> int:
        item: dict[str, Any] = {"id": len(self.nodes) + 1, "type": node_type, "mode": 0, **more}
        item["inputs"] = [{"name": n, "type": t, "link": None} for n, t in (inputs or {}).items()]
        item["outputs"] = [{"name": t, "type": t, "links": []} for t in outputs]
        if values is not None:
            item["widgets_values"] = values
        self.nodes.append(item)
        return int(item["id"])

    def link(self, origin: int, slot: int, target: int, name: str, widget: bool = False) -> None:
        number = len(self.links) + 1
        sockets = self.nodes[target - 1]["inputs"]
        if widget:
            sockets.append({"name": name, "type": "INT", "link": None, "widget": {"name": name}})
        position = next(i for i, socket in enumerate(sockets) if socket["name"] == name)
        sockets[position]["link"] = number
        self.links.append([number, origin, slot, target, position, sockets[position]["type"]])

    def to_json(self) -> dict[str, Any]:
        return {"nodes": self.nodes, "links": self.links, "version": 0.4, **self.more}

    def read(self) -> dict[str, dict[str, Any]]:
        """The inputs of each call."""
        return read(self.to_json())


SAMPLE_IN = {"model": "MODEL", "mask": "MASK"}
SAMPLE_VALUES = [7, "randomize", 30, "heun", 0.5]


def sheet_with_sample() -> tuple[Sheet, int, int]:
    """A loader and a sampler, not yet linked."""
    sheet = Sheet()
    loader = sheet.node("Load", ["a.safetensors"], outputs=("MODEL", "CLIP"))
    return sheet, loader, sheet.node("Sample", SAMPLE_VALUES, inputs=SAMPLE_IN, outputs=("LATENT",))


def read(workflow: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The inputs of each call."""
    graph = read_workflow(workflow, CATALOG)
    return {call.id: dict(call.inputs) for call in graph.calls.values()}


class Subgraph(Sheet):
    """A subgraph: ``enter`` joins one of its inputs to a node inside, ``leave`` a node inside to one of its outputs."""

    def __init__(self, name: str = "sub") -> None:
        super().__init__()
        self.name = name
        self.inputs: list[dict[str, Any]] = []
        self.outputs: list[dict[str, Any]] = []

    def enter(self, name: str, kind: str, target: int, socket: str, widget: bool = False) -> None:
        if name not in [item["name"] for item in self.inputs]:
            self.inputs.append({"id": name, "name": name, "type": kind})
        place = [item["name"] for item in self.inputs].index(name)
        self.link(-10, place, target, socket, widget)

    def leave(self, origin: int, slot: int, kind: str) -> None:
        self.outputs.append({"id": kind, "name": kind, "type": kind})
        self.links.append([len(self.links) + 1, origin, slot, -20, len(self.outputs) - 1, kind])

    def define(self) -> dict[str, Any]:
        """The definition, its links as objects, as the editor saves it."""
        keys = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
        return {
            "id": self.name,
            "name": f"My {self.name}",
            "inputNode": {"id": -10},
            "outputNode": {"id": -20},
            "inputs": self.inputs,
            "outputs": self.outputs,
            "nodes": self.nodes,
            "links": [dict(zip(keys, link, strict=True)) for link in self.links],
        }

    def place(self, sheet: Sheet, values: Any = None, **more: Any) -> int:
        """An instance of it on a sheet. The input sockets that show widgets are saved with them."""
        sockets = {item["name"]: item["type"] for item in self.inputs}
        number = sheet.node(self.name, values, inputs=sockets, outputs=tuple(o["type"] for o in self.outputs), **more)
        definitions = sheet.more.setdefault("definitions", {"subgraphs": []})["subgraphs"]
        definitions[:] = [d for d in definitions if d["id"] != self.name] + [self.define()]
        return number
