"""What is known of a run's calls beyond their state: the live graph, keys, node types. Expansions add to it."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.cache import Key
from graph.document import NodeCall, sources_of
from graph.expand import Expansion, read_expansion
from graph.fingerprints import fingerprint_calls
from graph.inputs import NodeType
from graph.keys import call_key
from graph.live import LiveGraph
from graph.node import Expand, Node
from graph.order import sources_first
from graph.plan import Plan
from graph.run import Run
from graph.schedule import Step


@dataclass(frozen=True)
class Addition:
    """Calls that an expansion adds, and all about them. ``outputs`` of them run though nothing may read them."""

    parent: str
    calls: Mapping[str, NodeCall]
    shown: Mapping[str, str]
    keys: Mapping[str, Key | None]
    outputs: tuple[str, ...]


class Growth:
    """State: the live graph and the keys of its calls; both only ever gain calls."""

    def __init__(self, plan: Plan, nodes: Mapping[str, Node], run: Run) -> None:
        self.live = LiveGraph(plan.graph, run.prompt)
        self.keys: dict[str, Key | None] = dict(plan.keys)
        self._types: dict[str, NodeType] = {}
        self._nodes = nodes
        self._outside = plan.outside
        self._sources = plan.graph.sources

    def type_of(self, call: NodeCall) -> NodeType:
        """The node type of a call, looked up once."""
        found = self._types.get(call.node_type)
        if found is None:
            found = self._types[call.node_type] = NodeType(self._nodes[call.node_type])
        return found

    def step_of(self, call_id: str) -> Step:
        """A call of the live graph as the schedule sees it."""
        call = self.live.calls[call_id]
        sources = self._sources.get(call_id)
        return self.type_of(call).step(call, sources_of(call) if sources is None else sources)

    def read_expansion(self, parent: NodeCall, item: int, answer: Expand[Any]) -> Expansion:
        """What a call's answer for one item expands to."""
        return read_expansion(parent, item, answer, self.live, self._nodes)

    def prepare(self, parent: str, expansions: Sequence[Expansion]) -> Addition:
        """All there is to know of the expansions' calls; their fingerprints are asked for here."""
        calls = {call.id: call for expansion in expansions for call in expansion.calls.values()}
        order, _ = sources_first(list(calls), {call.id: sources_of(call) for call in calls.values()})
        fingerprints = fingerprint_calls(calls.values(), self._nodes, self._outside)
        own: dict[str, Key | None] = {}
        keys = ChainMap(own, self.keys)
        for call_id in order:
            spec = self._nodes[calls[call_id].node_type].spec
            keys[call_id] = call_key(calls[call_id], spec, fingerprints.get(call_id), keys, self.keys.get(parent))
        return Addition(
            parent=parent,
            calls=calls,
            shown={call: shown for expansion in expansions for call, shown in expansion.shown.items()},
            keys=own,
            outputs=tuple(call.id for call in calls.values() if self._nodes[call.node_type].spec.is_output),
        )

    def add(self, addition: Addition) -> None:
        """Make the calls part of the run's graph."""
        for call in addition.calls.values():
            self.live.add(call, addition.parent, addition.shown.get(call.id, ""))
        self.keys.update(addition.keys)
