"""A workflow's sheets in their places: the root, and one for each instance of a subgraph in each place it is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from graph.catalog import Catalog
from graph.errors import GraphError, Problem
from graph.workflow.group_nodes import read_group_nodes
from graph.workflow.sheet import BYPASSED, MUTED, Sheet, SheetNode, Socket, mappings, read_sheet, refuse
from graph.workflow.widgets import read_promoted

# The largest workflows people share have a few thousand; nested subgraphs can name millions in a few lines.
_MOST_NODES: Final = 50_000
_DEEPEST: Final = 64


@dataclass
class Scope:
    """A sheet in its place. path: the ids of the instances it lies in, each with a colon after it.

    values: what the instance sets of its own, by the place of the subgraph's input. inner: the sheets of the instances
    on this one, save for muted and bypassed ones. State only while it is being opened.
    """

    sheet: Sheet
    path: str = ""
    instance: SheetNode | None = None
    outer: Scope | None = None
    values: Mapping[int, Any] = field(default_factory=dict)
    inner: dict[str, Scope] = field(default_factory=dict)

    def places(self) -> Iterator[tuple[Scope, SheetNode]]:
        """Every node of this sheet and of those inside it."""
        for node in self.sheet.nodes.values():
            inside = self.inner.get(node.id)
            if inside is None:
                yield self, node
            else:
                yield from inside.places()


def open_workflow(data: Mapping[str, Any], catalog: Catalog) -> Scope:
    """The workflow's root with all that is inside. Raises GraphError with every place it cannot read."""
    root, problems = read_sheet(data)
    definitions = dict(read_group_nodes(data, catalog))
    for name, item in _definitions(data):
        shown = item.get("name")
        definitions[name], found = read_sheet(item, shown if isinstance(shown, str) and shown else name)
        problems += found
    opening = _Opening({name: _fit(sheet, definitions) for name, sheet in definitions.items()})
    scope = Scope(_fit(root, definitions))
    if not problems:
        opening.open(scope, ())
        problems = opening.problems
    if problems:
        raise GraphError(problems)
    return scope


@dataclass
class _Opening:
    definitions: Mapping[str, Sheet]
    problems: list[Problem] = field(default_factory=list)
    count: int = 0

    def open(self, scope: Scope, around: tuple[str, ...]) -> None:
        """Open the instances on a sheet that lies in instances of the subgraphs ``around``."""
        if len(around) > _DEEPEST:
            raise GraphError([refuse(f"Subgraphs lie in each other more than {_DEEPEST} deep, at node {scope.path}.")])
        self.count += len(scope.sheet.nodes)
        if self.count > _MOST_NODES:
            raise GraphError([refuse(f"With its subgraphs, this workflow has more than {_MOST_NODES} nodes.")])
        for node in scope.sheet.nodes.values():
            definition = self.definitions.get(node.type)
            if definition is None or node.mode in (MUTED, BYPASSED):
                continue
            place = f"{scope.path}{node.id}"
            if node.type in around:
                message = f"Node {place} puts the subgraph {definition.name} into itself. Remove it there."
                self.problems.append(refuse(message, place))
                continue
            values = read_promoted(node, definition)
            inside = Scope(definition, f"{place}:", node, scope, values)
            scope.inner[node.id] = inside
            self.open(inside, (*around, node.type))


def _definitions(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The definitions of subgraphs by id, also those that lie in other definitions."""
    waiting = [data]
    while waiting:
        definitions = waiting.pop().get("definitions")
        if isinstance(definitions, Mapping):
            for item in mappings(definitions.get("subgraphs")):
                if isinstance(item.get("id"), str):
                    yield item["id"], item
                    waiting.append(item)


def _fit(sheet: Sheet, definitions: Mapping[str, Sheet]) -> Sheet:
    """The sheet with each instance's inputs and outputs as its subgraph has them: files leave unlinked ones out."""
    nodes = {
        key: _fit_instance(node, definitions[node.type]) if node.type in definitions else node
        for key, node in sheet.nodes.items()
    }
    return replace(sheet, nodes=nodes)


def _fit_instance(node: SheetNode, definition: Sheet) -> SheetNode:
    saved = {socket.name: socket for socket in node.inputs}
    is_whole = len(node.inputs) == len(definition.inputs)
    inputs = []
    for place, socket in enumerate(definition.inputs):
        found = saved.get(socket.name) or (node.inputs[place] if is_whole else None)
        inputs.append(
            Socket(socket.name, socket.type, found.link, found.has_widget) if found else replace(socket, link=None)
        )
    outputs = tuple(socket.type for socket in definition.outputs)
    return replace(node, inputs=tuple(inputs), outputs=outputs)
