"""Problems as others show them: the wire's ``node_errors``, and sentences that say where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graph.document import Graph, NodeCall
from graph.errors import Problem
from graph.object_info import input_to_json
from graph.spec import Choice, Input


def node_errors(problems: Iterable[Problem], graph: Graph) -> dict[str, dict[str, Any]]:
    """The problems of single nodes, by node, in the shape that clients of ``POST /prompt`` know."""
    found: dict[str, dict[str, Any]] = {}
    for problem in problems:
        if problem.call not in graph.calls:
            continue
        entry = found.setdefault(
            problem.call,
            {
                "errors": [],
                "dependent_outputs": list(problem.outputs),
                "class_type": graph.calls[problem.call].node_type,
            },
        )
        entry["errors"].append(
            {
                "type": problem.code,
                "message": problem.message,
                "details": problem.details,
                "extra_info": dict(problem.extra),
            }
        )
    return found


def place(problem: Problem, graph: Graph) -> str:
    """The problem's sentence with the node's name before it, for where nothing else shows which node is meant."""
    call = graph.calls.get(problem.call)
    return f"{name_call(call)}: {problem.message}" if call is not None else problem.message


def name_call(call: NodeCall) -> str:
    """How a sentence names a call: by its title if it has one of its own."""
    title = f" {call.title!r}" if call.title and call.title != call.node_type else ""
    return f"{call.node_type}{title} (node {call.id})"


def describe_input(item: Input | None) -> list[Any] | None:
    """An input's ``input_config``; None for one that no spec declares. A folder's files are not listed in it."""
    if item is None or (isinstance(item.kind, Choice) and len(item.kind.options) > 20):
        return None
    return input_to_json(item, lambda _: None)
