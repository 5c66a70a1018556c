"""Expansion: a call's answer becomes calls of their own, grafted into the run under ids that say where from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.document import Link, NodeCall
from graph.errors import NodeFailed
from graph.groups import takes_constant
from graph.live import LiveGraph
from graph.node import Expand, Node


@dataclass(frozen=True)
class Expansion:
    """Calls to add, by id; what each is drawn on, if it says; the outputs: values, or Links to calls."""

    calls: Mapping[str, NodeCall]
    shown: Mapping[str, str]
    outputs: tuple[Any, ...]


def read_expansion(
    parent: NodeCall, item: int, answer: Expand[Any], live: LiveGraph, nodes: Mapping[str, Node]
) -> Expansion:
    """The expansion of ``parent`` that its call number ``item`` answered. Raises NodeFailed where it makes no sense.

    Ids get the prefix ``<parent>.<item>.0.`` unless they start with the parent's id already.
    """
    reader = _Reader(parent, item, answer.subgraph, live, nodes)
    calls = {new: reader.read_call(old, new) for old, new in reader.ids.items()}
    shown = {
        new: entry["override_display_id"]
        for old, new in reader.ids.items()
        if isinstance((entry := answer.subgraph[old]).get("override_display_id"), str)
    }
    return Expansion(calls, shown, tuple(reader.read_value(value, "its outputs") for value in answer.outputs))


class _Reader:
    """Reads one subgraph. ``ids`` maps its own ids to those they get."""

    def __init__(
        self,
        parent: NodeCall,
        item: int,
        subgraph: Mapping[str, Mapping[str, Any]],
        live: LiveGraph,
        nodes: Mapping[str, Node],
    ) -> None:
        self._parent = parent
        self._subgraph = subgraph
        self._live = live
        self._nodes = nodes
        own, prefix = f"{parent.id}.", f"{parent.id}.{item}.0."
        self.ids = {str(old): str(old) if str(old).startswith(own) else f"{prefix}{old}" for old in subgraph}

    def read_call(self, old: str, new: str) -> NodeCall:
        if new in self._live.calls and self._live.parent(new) != self._parent.id:
            raise self._fail(f"a node {new}, which exists already")
        entry = self._subgraph[old]
        node_type = entry.get("class_type")
        if not isinstance(node_type, str) or node_type not in self._nodes:
            raise self._fail(f"a node of type {node_type!r}, which does not exist")
        spec = self._nodes[node_type].spec
        inputs = {name: self.read_value(value, f"node {new}") for name, value in entry.get("inputs", {}).items()}
        # As in a user's graph: constants that nobody declared are dropped.
        kept = {k: v for k, v in inputs.items() if type(v) is Link or takes_constant(spec, k, inputs)}
        return NodeCall(new, node_type, kept, is_changed=entry.get("is_changed"))

    def read_value(self, value: Any, where: str) -> Any:
        """A link as a Link, in the ids that are given out; anything else as it is."""
        if type(value) is list and len(value) == 2 and type(value[0]) is str and type(value[1]) is int:
            source = self.ids.get(value[0], value[0])
            if source not in self.ids.values() and source not in self._live.calls:
                raise self._fail(f"a link to node {value[0]} in {where}, which does not exist")
            return Link(source, value[1])
        if type(value) is dict and "__value__" in value:
            return value["__value__"]
        return value

    def _fail(self, what: str) -> NodeFailed:
        return NodeFailed(self._parent.id, self._parent.node_type, f"{self._parent.node_type} expanded to {what}.")


def link_sources(outputs: Sequence[Any]) -> list[str]:
    """The calls that an expansion's outputs wait for, each once."""
    return list(dict.fromkeys(value.call for value in outputs if type(value) is Link))
