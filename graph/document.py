"""A graph as data: calls of node types, their constants, links between them. Read from and written to the API's JSON.

Only what makes the document unreadable is refused here; what needs the catalog to judge is for ``graph.validate``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from graph.errors import GraphError, Problem

DEEPEST_CONSTANT: Final = 64


class Link(Struct, frozen=True, gc=False):
    """Output ``slot`` of the call ``call``. (Links and calls are Structs: they are made ten times as fast.)"""

    call: str
    slot: int


@dataclass(frozen=True, slots=True)
class BadLink:
    """A list where a link belongs: ``value``. (A constant list is written ``{"__value__": [...]}``.)"""

    value: Any


class NodeCall(Struct, frozen=True):
    """One node of a graph. An input is a constant, a Link or a BadLink.

    ``is_changed``: what the node depends on outside the graph, if the sender knows; None: the node is asked.
    """

    id: str
    node_type: str
    inputs: Mapping[str, Any]
    title: str = ""
    is_changed: Any = None

    def with_inputs(self, inputs: Mapping[str, Any]) -> NodeCall:
        """The same call with other inputs."""
        return replace(self, inputs=inputs)


@dataclass(frozen=True)
class Graph:
    """Calls by id, in the order of the document."""

    calls: Mapping[str, NodeCall]

    @cached_property
    def sources(self) -> Mapping[str, tuple[str, ...]]:
        """For each call the calls it links to, each once. They need not exist: ``graph.validate`` says so."""
        return {call.id: sources_of(call) for call in self.calls.values()}

    def to_prompt(self) -> dict[str, dict[str, Any]]:
        """The graph as API JSON; ``parse_prompt`` reads it back to an equal graph."""
        return {call.id: _call_to_json(call) for call in self.calls.values()}


def sources_of(call: NodeCall) -> tuple[str, ...]:
    """The calls that a call links to, each once, in the order of its inputs."""
    return tuple(dict.fromkeys([value.call for value in call.inputs.values() if type(value) is Link]))


def parse_prompt(data: Any) -> Graph:
    """The graph that API JSON describes. Raises GraphError with every place that cannot be read."""
    if not isinstance(data, dict):
        raise GraphError([_refuse(f"A prompt is a JSON object of nodes by id; this is {_kind(data)}.")])
    if isinstance(data.get("nodes"), list):
        raise GraphError([_refuse("This is a workflow as the editor saves it, not a prompt. Export it for the API.")])
    calls: dict[str, NodeCall] = {}
    problems: list[Problem] = []
    for call_id, item in data.items():
        if _is_call(call_id, item):
            calls[call_id] = parse_call(call_id, item)
        else:
            problems += _problems_of_call(call_id, item)
    if problems:
        raise GraphError(problems)
    return Graph(calls)


def parse_call(call_id: str, item: Mapping[str, Any]) -> NodeCall:
    """One well-formed entry of API JSON."""
    meta = item.get("_meta")
    title = meta.get("title", "") if isinstance(meta, dict) else ""
    title = title if isinstance(title, str) else ""
    inputs = {name: _parse_input(value) for name, value in item["inputs"].items()}
    return NodeCall(call_id, item["class_type"], inputs, title, item.get("is_changed"))


def _parse_input(value: Any) -> Any:
    kind = type(value)
    if kind is list:
        return Link(*value) if _is_link(value) else BadLink(value)
    if kind is dict and "__value__" in value:
        return value["__value__"]
    return value


def _is_link(value: list[Any]) -> bool:
    return len(value) == 2 and type(value[0]) is str and type(value[1]) is int


def _is_call(call_id: Any, item: Any) -> bool:
    """Whether an entry of API JSON is well-formed. (Its ``_problems_of_call`` say why not, more slowly.)"""
    if not (isinstance(call_id, str) and isinstance(item, dict) and isinstance(item.get("class_type"), str)):
        return False
    inputs = item.get("inputs")
    return isinstance(inputs, dict) and not any(_is_too_deep(value) for value in inputs.values())


def _is_too_deep(value: Any) -> bool:
    if not isinstance(value, (dict, list)) or (type(value) is list and _is_link(value)):
        return False
    return is_deeper(value, DEEPEST_CONSTANT)


def _problems_of_call(call_id: Any, item: Any) -> list[Problem]:
    if not isinstance(call_id, str):
        return [_refuse(f"Node ids are text; {call_id!r} is {_kind(call_id)}.")]
    if not isinstance(item, dict):
        return [_refuse(f"Node {call_id} has to be an object with class_type and inputs, not {_kind(item)}.", call_id)]
    node_type = item.get("class_type")
    if node_type is None:
        return [_refuse(f"Node {call_id} has no class_type. Say which node type it is.", call_id)]
    if not isinstance(node_type, str):
        return [_refuse(f"The class_type of node {call_id} is {_kind(node_type)}; it has to be text.", call_id)]
    name = f"node {call_id} ({node_type})"
    if "inputs" not in item:
        return [_refuse(f'There are no inputs in {name}. Write "inputs": {{}} if it takes none.', call_id)]
    if not isinstance(item["inputs"], dict):
        return [_refuse(f"The inputs of {name} are {_kind(item['inputs'])}; they have to be an object.", call_id)]
    return [
        _refuse(f"{key} of {name} is nested more than {DEEPEST_CONSTANT} levels deep.", call_id)
        for key, value in item["inputs"].items()
        if _is_too_deep(value)
    ]


def is_deeper(value: Any, levels: int) -> bool:
    """Whether objects and lists are nested deeper in it than so many levels."""
    layer = [value]
    for _ in range(levels):
        layer = [
            inner
            for outer in layer
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not layer:
            return False
    return True


def _refuse(message: str, call: str = "") -> Problem:
    return Problem("invalid_prompt", message, call=call, details=f"Node ID '#{call}'" if call else "")


def _kind(value: Any) -> str:
    """What JSON calls a value, for a sentence."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return f"a {type(value).__name__}"


def _call_to_json(call: NodeCall) -> dict[str, Any]:
    data: dict[str, Any] = {"class_type": call.node_type, "inputs": {k: _to_json(v) for k, v in call.inputs.items()}}
    if call.is_changed is not None:
        data["is_changed"] = call.is_changed
    if call.title:
        data["_meta"] = {"title": call.title}
    return data


def _to_json(value: Any) -> Any:
    kind = type(value)
    if kind is Link:
        return [value.call, value.slot]
    if kind is BadLink:
        return value.value
    if isinstance(value, list) or (isinstance(value, dict) and "__value__" in value):
        return {"__value__": value}
    return value
