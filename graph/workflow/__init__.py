"""Workflows as the editor saves them, read into the same Graph that API JSON gives.

``sheet`` reads the JSON into typed nodes and links; ``widgets`` names values saved by position; ``wiring`` follows a
link through what only exists in the editor (reroutes, primitives, bypassed and muted nodes) to the call it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.catalog import Catalog
from graph.document import Graph, Link, NodeCall
from graph.errors import GraphError, Problem
from graph.workflow.sheet import BYPASSED, MUTED, SheetNode, read_sheet
from graph.workflow.widgets import read_widgets
from graph.workflow.wiring import VIRTUAL, Constant, Nothing, Wiring

__all__ = ["is_workflow", "read_workflow"]


def is_workflow(data: Any) -> bool:
    """Whether this JSON is a workflow of the editor (and not API JSON)."""
    return isinstance(data, Mapping) and isinstance(data.get("nodes"), list)


def read_workflow(data: Any, catalog: Catalog) -> Graph:
    """The graph that the editor would send for a saved workflow. Raises GraphError with every place it cannot read.

    What control-after-generate would do to a seed happens after sending, so it is not done here.
    """
    if not is_workflow(data):
        raise GraphError([Problem("invalid_prompt", "This is not a workflow as the editor saves it: it has no nodes.")])
    sheet, problems = read_sheet(data)
    problems += [_subgraph(node) for node in sheet.nodes.values() if node.type in sheet.definitions]
    if problems:
        raise GraphError(problems)
    wiring = Wiring(sheet)
    nodes = [node for node in sheet.nodes.values() if _runs(node)]
    return Graph({node.id: _read_call(node, catalog, wiring) for node in nodes})


def _runs(node: SheetNode) -> bool:
    return node.type not in VIRTUAL and node.mode not in (MUTED, BYPASSED)


def _read_call(node: SheetNode, catalog: Catalog, wiring: Wiring) -> NodeCall:
    """A node as a call: the values of its widgets, and over them its links."""
    inputs: dict[str, Any] = read_widgets(node, catalog.get(node.type))
    for socket in node.inputs:
        if socket.link is None:
            continue
        match wiring.trace(socket.link, socket.type):
            case Link() as link:
                inputs[socket.name] = link
            case Constant(value=value):
                inputs[socket.name] = value
            case Nothing(removes=True):
                inputs.pop(socket.name, None)
            case Nothing():
                pass
    return NodeCall(node.id, node.type, inputs, node.title)


def _subgraph(node: SheetNode) -> Problem:
    message = f"Node {node.id} is a subgraph, which cannot be read yet. Unpack it, or export the workflow for the API."
    return Problem("invalid_prompt", message, node.id, details=f"Node ID '#{node.id}'")
