"""Workflows as the editor saves them, read into the same Graph that API JSON gives.

``sheet`` reads the JSON into typed nodes and links, ``group_nodes`` the old form of subgraphs; ``scope`` puts the
sheets of subgraphs in their places; ``widget`` and ``widgets`` name values saved by position; ``wiring`` follows a
link through what only exists in the editor (reroutes, primitives, borders of subgraphs, bypassed and muted nodes) to
the call it comes from; ``texts`` does to prompts and file names what the editor does while it sends them.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any, Final

from graph.catalog import Catalog
from graph.document import DEEPEST_CONSTANT, Graph, Link, NodeCall, is_deeper
from graph.errors import GraphError, Problem
from graph.spec import NodeSpec
from graph.workflow.scope import Scope, open_workflow
from graph.workflow.sheet import BYPASSED, MUTED, SheetNode, refuse
from graph.workflow.texts import choose_words, name_by_widgets
from graph.workflow.widget import widgets_of, with_children
from graph.workflow.widgets import read_widgets
from graph.workflow.wiring import VIRTUAL, Constant, Nothing, Wiring

__all__ = ["is_workflow", "read_workflow"]

_PREFIX: Final = "filename_prefix"


def is_workflow(data: Any) -> bool:
    """Whether this JSON is a workflow of the editor (and not API JSON)."""
    return isinstance(data, Mapping) and isinstance(data.get("nodes"), list)


def read_workflow(data: Any, catalog: Catalog, chance: Random | None = None) -> Graph:
    """The graph that the editor would send for a saved workflow. Raises GraphError with every place it cannot read.

    ``chance`` decides ``{a|b}`` in prompts. A node inside a subgraph is named by the way to it: ``12:5:3``. What
    control-after-generate would do to a seed happens after sending, so it is not done here. Nodes of unknown types
    stay in the graph, for ``graph.validate`` to name.
    """
    if not is_workflow(data):
        raise GraphError([Problem("invalid_prompt", "This is not a workflow as the editor saves it: it has no nodes.")])
    chance = chance or Random()
    wiring = Wiring()
    calls: dict[str, NodeCall] = {}
    by_title: dict[str, Mapping[str, Any]] = {}
    by_name: dict[str, Mapping[str, Any]] = {}
    for scope, node in open_workflow(data, catalog).places():
        if _runs(node):
            call = _read_call(scope, node, catalog.get(node.type), wiring, chance)
            calls[call.id] = call
            by_title.setdefault(node.title, call.inputs)
            by_name.setdefault(node.known_as, call.inputs)
    named = {**by_title, **by_name}
    for call in list(calls.values()):
        prefix = call.inputs.get(_PREFIX)
        if isinstance(prefix, str) and "." in prefix:
            filled = name_by_widgets(prefix, named)
            calls[call.id] = call.with_inputs({**call.inputs, _PREFIX: filled})
    _refuse_deep(calls)
    return Graph(calls)


def _runs(node: SheetNode) -> bool:
    return node.type not in VIRTUAL and node.mode not in (MUTED, BYPASSED)


def _read_call(scope: Scope, node: SheetNode, spec: NodeSpec | None, wiring: Wiring, chance: Random) -> NodeCall:
    """A node as a call: the values of its widgets, and over them its links."""
    inputs: dict[str, Any] = read_widgets(node, spec)
    for socket in node.inputs:
        if socket.link is None:
            continue
        match wiring.trace(scope, socket.link, socket.type):
            case Link() as link:
                inputs[socket.name] = link
            case Constant(value=value):
                inputs[socket.name] = value
            case Nothing(removes=True):
                inputs.pop(socket.name, None)
            case Nothing():
                pass
    for name, widget in with_children(widgets_of(spec), inputs).items() if spec is not None else ():
        if widget.has_wildcards and isinstance(inputs.get(name), str):
            inputs[name] = choose_words(inputs[name], chance)
    return NodeCall(f"{scope.path}{node.id}", node.type, inputs, node.title)


def _refuse_deep(calls: Mapping[str, NodeCall]) -> None:
    """Raise GraphError if a constant is nested deeper than a prompt's may be."""
    problems = [
        refuse(f"{name} of node {call.id} is nested more than {DEEPEST_CONSTANT} levels deep.", call.id)
        for call in calls.values()
        for name, value in call.inputs.items()
        if isinstance(value, dict | list) and is_deeper(value, DEEPEST_CONSTANT)
    ]
    if problems:
        raise GraphError(problems)
