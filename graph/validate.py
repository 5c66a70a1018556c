"""What is wrong with a graph: every problem at once, in words for whoever drew it, and what can run all the same.

Only what the wanted outputs hang on is judged, save for unknown node types, which nobody can do anything with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from graph.catalog import Catalog
from graph.constants import Choices, check_constant
from graph.document import BadLink, Graph, Link, NodeCall
from graph.errors import Problem
from graph.groups import AUTOGROW, inputs_of
from graph.link_rules import check_link
from graph.order import find_cycles, sources_first
from graph.problems import MOST_PROBLEMS, bad_link, cycle, missing_input, no_outputs, too_many, unknown_types
from graph.report import node_errors
from graph.spec import Group, Input, Port

__all__ = ["Checked", "Choices", "check", "node_errors"]

_MOST_TRACED: Final = 100  # finding the outputs that hang on a broken call takes a walk for each


@dataclass(frozen=True)
class Checked:
    """A graph, judged.

    graph: with its constants as the node types want them. wanted: the outputs asked for. outputs: those that can run.
    problems: all that is wrong, in the document's order; one without a ``call`` concerns the whole and comes first.
    """

    graph: Graph
    wanted: tuple[str, ...]
    outputs: tuple[str, ...]
    problems: list[Problem]

    @property
    def bad(self) -> Mapping[str, tuple[str, ...]]:
        """For each call with a problem of its own, the wanted outputs that hang on it."""
        return {problem.call: problem.outputs for problem in self.problems if problem.call}

    def adding(self, problems: Sequence[Problem]) -> Checked:
        """The same with more problems, which node types' own checks found."""
        return _judge(self.graph, self.wanted, [*self.problems, *problems]) if problems else self


def check(
    graph: Graph, catalog: Catalog, targets: Iterable[str] | None = None, choices: Choices | None = None
) -> Checked:
    """Judge a graph for its outputs, or for those named in ``targets``. ``choices`` lists a folder's files."""
    unknown = [call for call in graph.calls.values() if call.node_type not in catalog]
    if unknown:
        return Checked(graph, (), (), unknown_types(unknown, catalog))
    wanted = _find_outputs(graph, catalog, targets)
    if not wanted:
        return Checked(graph, (), (), [no_outputs(targets)])
    order, has_cycle = sources_first(wanted, graph.sources)
    needed = set(order)
    changed: dict[str, NodeCall] = {}
    problems: list[Problem] = []
    for call in graph.calls.values():
        if call.id in needed:
            coerced, found = _check_call(call, graph, catalog, choices)
            problems += found
            if coerced is not call:
                changed[call.id] = coerced
        if len(problems) > MOST_PROBLEMS:
            return Checked(graph, wanted, (), [too_many(), *problems[:MOST_PROBLEMS]])
    if has_cycle:
        problems += [cycle(knot, graph) for knot in find_cycles(order, graph.sources)]
    return _judge(Graph({**graph.calls, **changed}) if changed else graph, wanted, problems)


def _find_outputs(graph: Graph, catalog: Catalog, targets: Iterable[str] | None) -> tuple[str, ...]:
    named = None if targets is None else set(targets)
    return tuple(
        call.id
        for call in graph.calls.values()
        if catalog[call.node_type].is_output and (named is None or call.id in named)
    )


def _check_call(
    call: NodeCall, graph: Graph, catalog: Catalog, choices: Choices | None
) -> tuple[NodeCall, list[Problem]]:
    """The call with its constants coerced and what nobody declared dropped; and what is wrong with it."""
    spec = catalog[call.node_type]
    items = inputs_of(spec, call.inputs)
    is_plain = items is spec.inputs
    by_name = spec.by_name if is_plain else {item.name: item for item in items}
    problems: list[Problem] = []
    if not (is_plain and call.inputs.keys() >= spec.required):
        problems += [missing_input(call, item) for item in items if item.required and _is_missing(item, call)]
    inputs: dict[str, Any] = {}
    is_changed = False
    for name, value in call.inputs.items():
        item = by_name.get(name)
        if item is None and spec.open_type:
            item = Input(name, Port(spec.open_type), required=False)
        kind = type(value)
        as_sent = value
        if item is None and name not in spec.hidden_values and not (spec.takes_any_input and kind is Link):
            is_changed = True
            continue
        found: Problem | None = None
        if kind is Link:
            found = check_link(call, name, item, value, graph, catalog)
        elif kind is BadLink:
            found = bad_link(call, name, item, value)
        elif item is not None:
            value, found = check_constant(call, spec, item, value, choices)
        inputs[name] = value
        is_changed = is_changed or value is not as_sent  # 1, 1.0 and True are equal, but not the same to a node
        if found is not None:
            problems.append(found)
    return (call.with_inputs(inputs) if is_changed else call), problems


def _judge(graph: Graph, wanted: tuple[str, ...], problems: list[Problem]) -> Checked:
    """Which outputs hang on no problem; and for each problem, which do."""
    if not problems:
        return Checked(graph, wanted, wanted, [])
    order, _ = sources_first(wanted, graph.sources)
    readers: dict[str, list[str]] = {call: [] for call in order}
    for call in order:
        for source in graph.sources[call]:
            if source in readers:
                readers[source].append(call)
    bad = list(dict.fromkeys(problem.call for problem in problems))
    spoilt = _downstream(bad, readers)
    traced = {call: _downstream([call], readers) for call in bad[:_MOST_TRACED]}
    return Checked(
        graph,
        wanted,
        tuple(output for output in wanted if output not in spoilt),
        [replace(p, outputs=tuple(o for o in wanted if o in traced.get(p.call, ()))) for p in problems],
    )


def _downstream(calls: Iterable[str], readers: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    stack = [call for call in calls if call in readers]
    while stack:
        call = stack.pop()
        if call not in found:
            found.add(call)
            stack += readers[call]
    return found


def _is_missing(item: Input, call: NodeCall) -> bool:
    """Whether a required input is not there. One that grows may have no members at all."""
    return item.name not in call.inputs and not (isinstance(item.kind, Group) and item.kind.type == AUTOGROW)
