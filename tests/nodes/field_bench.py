"""Runs node classes of the field's contracts through validation, checks, plan and the loop, as a worker does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.cache import Cache, LruCache
from graph.catalog import Catalog
from graph.custom_checks import ask_checks
from graph.document import parse_prompt
from graph.errors import Problem
from graph.events import Blocked, Cached, CallFinished, CallProgress, CallStarted, Event, Failed, Succeeded
from graph.execute import execute
from graph.node import Node
from graph.plan import make_plan
from graph.run import Run
from graph.validate import check
from nodes.v1 import node_from_class
from nodes.v3.node import ComfyNode
from nodes.v3.reading import node_from_v3


class Show:
    """Shows what it gets, as text."""

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"value": ("*",)}}

    RETURN_TYPES = ()
    FUNCTION = "show"
    OUTPUT_NODE = True

    def show(self, value: Any) -> dict[str, Any]:
        return {"ui": {"value": [value]}}


class Constant:
    """Gives the number it holds."""

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"optional": {"value": ("INT", {"default": 0})}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "give"

    def give(self, value: int = 0) -> tuple[int]:
        return (value,)


class Several:
    """0, 1, 2 ... as a list on the wire."""

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"optional": {"count": ("INT", {"default": 3})}}

    RETURN_TYPES = ("INT",)
    OUTPUT_IS_LIST = (True,)
    FUNCTION = "give"

    def give(self, count: int = 3) -> tuple[list[int]]:
        return (list(range(count)),)


@dataclass
class Result:
    """What came of a prompt: problems if it was refused, else what the run told."""

    problems: list[Problem] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    @property
    def shown(self) -> dict[str, Any]:
        return {e.call: dict(e.ui) for e in self.events if isinstance(e, CallFinished) and e.ui is not None}

    @property
    def values(self) -> dict[str, Any]:
        """What Show nodes got."""
        return {call: ui["value"] for call, ui in self.shown.items() if "value" in ui}

    @property
    def ran(self) -> list[str]:
        return [e.call for e in self.events if isinstance(e, CallStarted)]

    @property
    def cached(self) -> tuple[str, ...]:
        return next(e.calls for e in self.events if isinstance(e, Cached))

    @property
    def failure(self) -> Failed | None:
        return next((e for e in self.events if isinstance(e, Failed)), None)

    @property
    def blocked(self) -> list[tuple[str, str]]:
        return [(e.call, e.message) for e in self.events if isinstance(e, Blocked)]

    @property
    def progress(self) -> list[tuple[str, float, float]]:
        return [(e.call, e.done, e.total) for e in self.events if isinstance(e, CallProgress)]

    @property
    def succeeded(self) -> bool:
        return isinstance(self.events[-1], Succeeded)

    @property
    def codes(self) -> list[tuple[str, str, str]]:
        """Call, code and input of every problem."""
        return [(p.call, p.code, p.input) for p in self.problems]


class FieldBench:
    """Classes by name, and one cache over all runs."""

    def __init__(self, *classes: Any, cache: Cache | None = None, services: Mapping[type, Any] | None = None) -> None:
        self.nodes = {node.spec.name: node for node in read_all((Show, Constant, Several, *classes))}
        self.cache = cache or LruCache(1000)
        self.services = services or {}
        self.extra: dict[str, Any] = {}
        self._count = 0

    def run(self, targets: list[str] | None = None, **calls: tuple[str, Mapping[str, Any]]) -> Result:
        """Run ``id=(node type, inputs)``."""
        prompt = {call: {"class_type": name, "inputs": dict(inputs)} for call, (name, inputs) in calls.items()}
        return self.run_prompt(prompt, targets)

    def run_prompt(self, prompt: Mapping[str, Any], targets: list[str] | None = None) -> Result:
        """Run API JSON."""
        graph = parse_prompt(prompt)
        checked = check(graph, Catalog(node.spec for node in self.nodes.values()), targets)
        if checked.outputs:
            checked = checked.adding(ask_checks(checked.graph, self.nodes, checked.outputs))
        result = Result(checked.problems)
        if not checked.outputs:
            return result
        plan = make_plan(checked.graph, self.nodes, checked.outputs, self.cache)
        self._count += 1
        run = Run(
            f"run {self._count}", emit=result.events.append, services=self.services, prompt=prompt, extra=self.extra
        )
        asyncio.run(execute(plan, self.nodes, self.cache, run))
        return result


def read_all(classes: Iterable[Any]) -> list[Node]:
    """The nodes of classes, of either contract."""
    return [
        node_from_v3(cls, module="custom_nodes.test")
        if issubclass(cls, ComfyNode)
        else node_from_class(cls.__name__, cls, module="custom_nodes.test")
        for cls in classes
    ]


def a_class(inputs: Mapping[str, Any], function: Any, **attributes: Any) -> Any:
    """A class of the first contract: ``function(**inputs)`` is what it does."""
    members = {
        "INPUT_TYPES": classmethod(lambda cls: inputs),
        "RETURN_TYPES": ("*",),
        "FUNCTION": "work",
        "work": lambda self, **given: function(**given),
        **attributes,
    }
    return type(attributes.pop("name", "Own"), (), members)
