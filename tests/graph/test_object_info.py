"""Node types as editors are told of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from graph.object_info import describe
from graph.spec import (
    Choice,
    Float,
    Group,
    Input,
    Int,
    NodeSpec,
    Output,
    Port,
    Text,
    Toggle,
    spec_from_json,
    spec_to_json,
)

FILES = {"checkpoints": ["a.safetensors"], "input": ["x.png"]}


def choices(choice: Choice) -> Sequence[Any] | None:
    return FILES.get(choice.folder)


INPUTS = (
    Input("model", Port("MODEL"), tooltip="What paints."),
    Input("seed", Int(0, 2**64 - 1, reroll=True), default=0),
    Input("cfg", Float(0.0, 100.0, 0.1, 0.01), default=8.0),
    Input("name", Choice(("euler", "heun")), required=False),
    Input("modern", Choice(("a", "b"), modern=True)),
    Input("file", Choice(folder="checkpoints")),
    Input("image", Choice(folder="input", upload="image")),
    Input("text", Text(multiline=True, dynamic_prompts=True, placeholder="here")),
    Input("on", Toggle("yes", "no"), default=False, advanced=True),
    Input("late", Port("INT,FLOAT"), required=False, lazy=True),
    Input("raw", Int(), required=False, raw_link=True, socket_only=True, extra={"odd": 7}),
    Input("group", Group("COMFY_AUTOGROW_V3", {"template": {"min": 1}}), required=False),
)
SPEC = NodeSpec(
    "Everything",
    INPUTS,
    (Output("LATENT", "LATENT", tooltip="noise"), Output("names", "COMBO", is_list=True, options=("a", "b"))),
    display_name="All of it",
    category="tests",
    description="Has everything.",
    module="custom_nodes.pack",
    is_output=True,
    experimental=True,
    hidden=(("prompt", "PROMPT"),),
)


def test_a_node_of_the_first_contract_is_told_in_its_shape() -> None:
    assert describe(SPEC, choices) == {
        "input": {
            "required": {
                "model": ["MODEL", {"tooltip": "What paints."}],
                "seed": ["INT", {"default": 0, "min": 0, "max": 2**64 - 1, "control_after_generate": True}],
                "cfg": ["FLOAT", {"default": 8.0, "min": 0.0, "max": 100.0, "step": 0.1, "round": 0.01}],
                "modern": ["COMBO", {"multiselect": False, "options": ["a", "b"]}],
                "file": [["a.safetensors"]],
                "image": [["x.png"], {"image_upload": True}],
                "text": ["STRING", {"multiline": True, "dynamicPrompts": True, "placeholder": "here"}],
                "on": ["BOOLEAN", {"default": False, "advanced": True, "label_on": "yes", "label_off": "no"}],
            },
            "optional": {
                "name": [["euler", "heun"]],
                "late": ["INT,FLOAT", {"lazy": True}],
                "raw": ["INT", {"rawLink": True, "forceInput": True, "odd": 7}],
                "group": ["COMFY_AUTOGROW_V3", {"template": {"min": 1}}],
            },
            "hidden": {"prompt": "PROMPT"},
        },
        "input_order": {
            "required": ["model", "seed", "cfg", "modern", "file", "image", "text", "on"],
            "optional": ["name", "late", "raw", "group"],
            "hidden": ["prompt"],
        },
        "output": ["LATENT", ["a", "b"]],
        "output_is_list": [False, True],
        "output_name": ["LATENT", "names"],
        "name": "Everything",
        "display_name": "All of it",
        "description": "Has everything.",
        "python_module": "custom_nodes.pack",
        "category": "tests",
        "output_node": True,
        "output_tooltips": ["noise", None],
        "experimental": True,
    }


def test_a_node_of_the_third_contract_has_every_key() -> None:
    spec = NodeSpec("Plain", outputs=(Output("x", "INT"),), contract="v3", hidden=(("prompt", "PROMPT"),))
    assert describe(spec, choices) == {
        "input": {"required": {}, "hidden": {"prompt": ["PROMPT"]}},
        "input_order": {"required": [], "hidden": ["prompt"]},
        "output": ["INT"],
        "output_is_list": [False],
        "output_name": ["x"],
        "name": "Plain",
        "display_name": None,
        "description": "",
        "python_module": "nodes",
        "category": "",
        "output_node": False,
        "output_tooltips": [None],
        "output_matchtypes": None,
        "deprecated": False,
        "experimental": False,
        "api_node": False,
    }


@pytest.mark.parametrize("spec", [SPEC, NodeSpec("Empty")])
def test_a_spec_travels_as_json_without_loss(spec: NodeSpec) -> None:
    assert spec_from_json(json.loads(json.dumps(spec_to_json(spec)))) == spec
