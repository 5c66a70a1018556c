"""Node types' own checks of their inputs (the field's VALIDATE_INPUTS), asked where the node types live."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from graph.document import Graph, Link, NodeCall
from graph.errors import Problem
from graph.fingerprints import await_here, constants_of
from graph.node import Node
from graph.order import sources_first


def ask_checks(graph: Graph, nodes: Mapping[str, Node], outputs: Sequence[str]) -> list[Problem]:
    """What the own checks of the nodes that ``outputs`` hang on have to say. For ``Checked.adding``."""
    order, _ = sources_first(outputs, graph.sources)
    problems = [_ask(graph.calls[call], graph, nodes) for call in order if nodes[graph.calls[call].node_type].check]
    return [problem for problem in problems if problem is not None]


def _ask(call: NodeCall, graph: Graph, nodes: Mapping[str, Node]) -> Problem | None:
    node = nodes[call.node_type]
    assert node.check is not None
    inputs = constants_of(call, node)
    if node.spec.checks_types:
        types = _linked_types(call, graph, nodes)
        inputs["input_types"] = [types] if node.spec.takes_lists else types
    try:
        answer = node.check(inputs)
        verdict = await_here(answer) if inspect.isawaitable(answer) else answer
    except Exception as error:  # noqa: BLE001  # the border to a node's code
        kind = type(error).__name__
        extra = {"exception_type": kind, "traceback": []}
        message = f"{call.node_type} failed while it checked its inputs: {kind}: {error}"
        return Problem("exception_during_validation", message, call.id, details=str(error), extra=extra)
    if verdict is True:
        return None
    name = next((n for n in node.spec.checks if n in call.inputs), "")
    message = verdict if isinstance(verdict, str) else f"{call.node_type} refuses these inputs without saying why."
    details = f"{name} - {message}" if name else message
    return Problem("custom_validation_failed", message, call.id, name, details, {"input_name": name})


def _linked_types(call: NodeCall, graph: Graph, nodes: Mapping[str, Node]) -> dict[str, Any]:
    return {
        name: nodes[graph.calls[link.call].node_type].spec.outputs[link.slot].type
        for name, link in call.inputs.items()
        if type(link) is Link
    }
