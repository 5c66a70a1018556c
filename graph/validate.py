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
from graph.groups import AUTOGROW
from graph.link_rules import check_link
from graph.order import find_cycles, sources_first
from graph.report import describe_input, name_call, node_errors
from graph.spec import Group, Input, Port

__all__ = ["Checked", "Choices", "check", "node_errors"]

# Nobody reads more, and looking for what was meant, or for what hangs on what, takes time for each.
MOST_PROBLEMS: Final = 500
_MOST_TRACED: Final = 100
_MOST_HINTS: Final = 20


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
        return Checked(graph, (), (), _name_unknown(unknown, catalog))
    wanted = _find_outputs(graph, catalog, targets)
    if not wanted:
        return Checked(graph, (), (), [_no_outputs(targets)])
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
            return Checked(graph, wanted, (), [_too_many(), *problems[:MOST_PROBLEMS]])
    if has_cycle:
        problems += [_name_cycle(cycle, graph) for cycle in find_cycles(order, graph.sources)]
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
    problems = [_missing(call, item) for item in spec.inputs if item.required and _is_missing(item, call)]
    inputs: dict[str, Any] = {}
    is_changed = False
    for name, value in call.inputs.items():
        item = spec.by_name.get(name)
        kind = type(value)
        as_sent = value
        if item is None and not spec.declares(name) and not (spec.takes_any_input and kind is Link):
            is_changed = True
            continue
        found: Problem | None = None
        if kind is Link:
            found = check_link(call, name, item, value, graph, catalog)
        elif kind is BadLink:
            found = _bad_link(call, name, item, value)
        elif item is not None:
            value, found = check_constant(call, spec, item, value, choices)
        inputs[name] = value
        is_changed = is_changed or value is not as_sent  # 1, 1.0 and True are equal, but not the same to a node
        if found is not None:
            problems.append(found)
    return (replace(call, inputs=inputs) if is_changed else call), problems


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


def _missing(call: NodeCall, item: Input) -> Problem:
    if isinstance(item.kind, Port):
        message = f"{item.name} is not linked. Link an output that gives {item.type} to it."
    else:
        message = f"{item.name} has no value. Set it, or link an output that gives {item.type} to it."
    extra = {"input_name": item.name, "input_config": describe_input(item)}
    return Problem("required_input_missing", message, call.id, item.name, item.name, extra)


def _bad_link(call: NodeCall, name: str, item: Input | None, value: BadLink) -> Problem:
    message = (
        f'{name} holds a list that is no link. A link is ["node id", output number], both exactly so; '
        'a list that is a value is {"__value__": [...]}.'
    )
    extra = {"input_name": name, "input_config": describe_input(item), "received_value": value.value}
    return Problem("bad_linked_input", message, call.id, name, name, extra)


def _name_unknown(calls: Sequence[NodeCall], catalog: Catalog) -> list[Problem]:
    """The refusal of the whole graph, and a problem for each call of an unknown type."""
    hints = {node_type: "" for node_type in dict.fromkeys(call.node_type for call in calls[:MOST_PROBLEMS])}
    for node_type in list(hints)[:_MOST_HINTS]:
        near = catalog.suggest(node_type)
        hints[node_type] = (
            f" Did you mean {near}?" if near else " Install the node pack that has it, or replace the node."
        )
    found = [
        Problem(
            "unknown_node_type",
            f"There is no node type {call.node_type!r} (node {call.id}).{hints[call.node_type]}",
            call.id,
            details=call.node_type,
        )
        for call in calls[:MOST_PROBLEMS]
    ]
    sentences = " ".join(problem.message for problem in found[:_MOST_HINTS])
    return [Problem("invalid_prompt", sentences, details=f"Node ID '#{calls[0].id}'"), *found]


def _too_many() -> Problem:
    return Problem("invalid_prompt", f"More than {MOST_PROBLEMS} things are wrong with this graph. Here are the first.")


def _no_outputs(targets: Iterable[str] | None) -> Problem:
    if targets is not None:
        return Problem("prompt_no_outputs", "None of the nodes asked for is an output node of this graph.")
    message = "The graph has no output node, so nothing would come of it. Add one that saves or shows a result."
    return Problem("prompt_no_outputs", message)


def _name_cycle(cycle: Sequence[str], graph: Graph) -> Problem:
    names = [name_call(graph.calls[call]) for call in cycle]
    way = " -> ".join([*names, names[0]])
    if len(cycle) == 1:
        message = f"{names[0]} waits for its own result. Remove the link that leads back to it."
    else:
        message = f"These nodes wait for each other: {way}. Remove one of the links between them."
    return Problem("dependency_cycle", message, cycle[0], details=way)
