"""What a call is given: constants, what its links carry, and the hidden inputs that only the engine knows."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graph.document import Link, NodeCall
from graph.errors import NodeFailed
from graph.groups import inputs_of
from graph.live import LiveGraph
from graph.node import Node
from graph.run import Run
from graph.schedule import Lane, Step
from graph.spec import HIDDEN, Group


@dataclass(frozen=True)
class NodeType:
    """A Node, with what the engine looks up in its spec for every call."""

    node: Node

    @cached_property
    def _marked(self) -> tuple[frozenset[str], frozenset[str]]:
        inputs = self.node.spec.inputs
        return frozenset(i.name for i in inputs if i.lazy), frozenset(i.name for i in inputs if i.raw_link)

    @cached_property
    def _has_groups(self) -> bool:
        return any(isinstance(item.kind, Group) for item in self.node.spec.inputs)

    def lazy_of(self, call: NodeCall) -> frozenset[str]:
        """The call's inputs that are evaluated only when the node asks; members of groups may be among them."""
        if not self._has_groups:
            return self._marked[0]
        return frozenset(i.name for i in inputs_of(self.node.spec, call.inputs) if i.lazy)

    def raw_of(self, call: NodeCall) -> frozenset[str]:
        """The call's inputs that get the link itself."""
        if not self._has_groups:
            return self._marked[1]
        return frozenset(i.name for i in inputs_of(self.node.spec, call.inputs) if i.raw_link)

    @cached_property
    def lane(self) -> Lane:
        if inspect.iscoroutinefunction(self.node.call):
            return Lane.ASYNC
        return Lane.DEVICE if self.node.spec.needs_device else Lane.BESIDE

    def eager_sources(self, call: NodeCall, sources: Sequence[str]) -> Sequence[str]:
        """Those of a call's sources that have to be done before it can start: not those only lazy inputs link to."""
        lazy = self.lazy_of(call)
        if not lazy:
            return sources
        links = [v.call for name, v in call.inputs.items() if type(v) is Link and name not in lazy]
        return tuple(dict.fromkeys(links))

    def step(self, call: NodeCall, sources: Sequence[str]) -> Step:
        """The call as the schedule sees it."""
        return Step(sources, self.eager_sources(call, sources), self.node.spec.is_output, self.lane)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Inputs by name, slots as they are. ``unevaluated`` names the lazy ones that are None for want of being asked."""

    inputs: dict[str, Any]
    unevaluated: frozenset[str]


def gather_inputs(
    call: NodeCall, node_type: NodeType, outputs: Mapping[str, tuple[Any, ...]], live: LiveGraph, run: Run
) -> Gathered:
    """The inputs of a call whose eager sources are done."""
    inputs: dict[str, Any] = {}
    missing: list[str] = []
    lazy, raw = node_type.lazy_of(call), node_type.raw_of(call)
    for name, value in call.inputs.items():
        if type(value) is not Link:
            inputs[name] = value
        elif name in raw:
            inputs[name] = [value.call, value.slot]
        elif value.call in outputs:
            inputs[name] = read_slot(value, outputs, live)
        elif name in lazy:
            inputs[name] = None
            missing.append(name)
        else:
            raise AssertionError(f"{call.id} was ready before {value.call} was done")
    for name, what in node_type.node.spec.hidden:
        if what in HIDDEN:
            inputs[name] = _hidden(what, call.id, live, run)
    return Gathered(inputs, frozenset(missing))


def read_slot(link: Link, outputs: Mapping[str, tuple[Any, ...]], live: LiveGraph) -> Any:
    """What a link to a done call carries. Raises NodeFailed, blaming the source, if it gave too few outputs."""
    given = outputs[link.call]
    if 0 <= link.slot < len(given):
        return given[link.slot]
    name = live.calls[link.call].node_type
    message = f"{name} gave {len(given)} outputs, so there is no output {link.slot}. The node type is at fault."
    raise NodeFailed(link.call, name, message)


def _hidden(what: str, call: str, live: LiveGraph, run: Run) -> Any:
    match what:
        case "UNIQUE_ID":
            return call
        case "PROMPT":
            return live.get_original_prompt()
        case "DYNPROMPT":
            return live
        case _:
            return run.extra.get(what.lower())
