"""The sentences for what is wrong with a graph as a whole, or with how its calls are linked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from graph.catalog import Catalog
from graph.document import BadLink, Graph, NodeCall
from graph.errors import Problem
from graph.report import describe_input, name_call
from graph.spec import Input, Port

# Nobody reads more, and looking for what was meant takes time for each.
MOST_PROBLEMS: Final = 500
_MOST_HINTS: Final = 20


def missing_input(call: NodeCall, item: Input) -> Problem:
    if isinstance(item.kind, Port):
        message = f"{item.name} is not linked. Link an output that gives {item.type} to it."
    else:
        message = f"{item.name} has no value. Set it, or link an output that gives {item.type} to it."
    extra = {"input_name": item.name, "input_config": describe_input(item)}
    return Problem("required_input_missing", message, call.id, item.name, item.name, extra)


def bad_link(call: NodeCall, name: str, item: Input | None, value: BadLink) -> Problem:
    message = (
        f'{name} holds a list that is no link. A link is ["node id", output number], both exactly so; '
        'a list that is a value is {"__value__": [...]}.'
    )
    extra = {"input_name": name, "input_config": describe_input(item), "received_value": value.value}
    return Problem("bad_linked_input", message, call.id, name, name, extra)


def unknown_types(calls: Sequence[NodeCall], catalog: Catalog) -> list[Problem]:
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


def too_many() -> Problem:
    return Problem("invalid_prompt", f"More than {MOST_PROBLEMS} things are wrong with this graph. Here are the first.")


def no_outputs(targets: Iterable[str] | None) -> Problem:
    if targets is not None:
        return Problem("prompt_no_outputs", "None of the nodes asked for is an output node of this graph.")
    message = "The graph has no output node, so nothing would come of it. Add one that saves or shows a result."
    return Problem("prompt_no_outputs", message)


def cycle(cycle: Sequence[str], graph: Graph) -> Problem:
    names = [name_call(graph.calls[call]) for call in cycle]
    way = " -> ".join([*names, names[0]])
    if len(cycle) == 1:
        message = f"{names[0]} waits for its own result. Remove the link that leads back to it."
    else:
        message = f"These nodes wait for each other: {way}. Remove one of the links between them."
    return Problem("dependency_cycle", message, cycle[0], details=way)
