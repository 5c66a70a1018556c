"""Group nodes, the editor's form of subgraphs until 2025: read as the subgraphs they would be today.

A group keeps its nodes by index and their links as ``[from, slot, to, slot]``. It shows every input, widget and output
of its nodes that is not linked inside, in their order; a name that is taken gets the node's title before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from graph.catalog import Catalog
from graph.spec import NodeSpec
from graph.workflow.sheet import (
    FROM_OUTSIDE,
    Sheet,
    SheetLink,
    SheetNode,
    Socket,
    as_list,
    mappings,
    read_node,
    read_slot,
)
from graph.workflow.widget import Widget, widgets_of

_SEPARATORS: Final = (">", "/")


def read_group_nodes(data: Mapping[str, Any], catalog: Catalog) -> Iterator[tuple[str, Sheet]]:
    """The workflow's group nodes by the types that their instances have (``workflow>name``, ``workflow/name``)."""
    extra = data.get("extra")
    groups = extra.get("groupNodes") if isinstance(extra, Mapping) else None
    for name, group in (groups if isinstance(groups, Mapping) else {}).items():
        if isinstance(group, Mapping):
            sheet = _Unfolding(name, group, catalog).read()
            for separator in _SEPARATORS:
                yield f"workflow{separator}{name}", sheet


@dataclass
class _Unfolding:
    """A group being read. Invariant: the link ids made so far are ``0 ... len(links) - 1``."""

    name: str
    group: Mapping[str, Any]
    catalog: Catalog
    links: dict[str, SheetLink] = field(default_factory=dict)
    inputs: list[Socket] = field(default_factory=list)
    widgets: list[Widget] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def read(self) -> Sheet:
        nodes = self._read_nodes()
        inside = self._read_links()
        joined = {}
        for key, node in nodes.items():
            sockets = {socket.name: socket for socket in node.inputs}
            for place, socket in enumerate(node.inputs):
                origin = inside.get((key, place))
                if origin is not None:
                    sockets[socket.name] = replace(socket, link=self._link(origin))
            joined[key] = replace(node, inputs=tuple(self._show_inputs(node, sockets)))
        return Sheet(
            joined,
            self.links,
            self.name,
            tuple(self.inputs),
            tuple(self._outputs(joined, set(inside.values()))),
            tuple(self.widgets),
        )

    def _read_nodes(self) -> dict[str, SheetNode]:
        nodes = {}
        for place, item in enumerate(mappings(self.group.get("nodes"))):
            key = str(item.get("index", place))
            node = read_node({**item, "id": key})
            if node is not None:
                # Ids of links in here are those of the sheet that the group was made from.
                sockets = tuple(replace(socket, link=None) for socket in node.inputs)
                nodes[key] = replace(node, inputs=sockets)
        return nodes

    def _read_links(self) -> dict[tuple[str, int], SheetLink]:
        """The links inside, by the node and input they end in."""
        found = {}
        for item in as_list(self.group.get("links")):
            if isinstance(item, list) and len(item) >= 4 and item[0] is not None and item[2] is not None:
                slot, place = read_slot(item[1]), read_slot(item[3])
                if slot is not None and place is not None:
                    found[str(item[2]), place] = SheetLink(str(item[0]), slot)
        return found

    def _show_inputs(self, node: SheetNode, sockets: Mapping[str, Socket]) -> Iterator[Socket]:
        """The node's sockets, each with the link inside or one from the input that the group shows for it."""
        widgets = self._widgets(node)
        for name, widget in widgets.items():
            if name not in sockets and self._is_shown(node, name):
                yield self._show(node, Socket(name, "*", has_widget=True), widget)
        for name, socket in sockets.items():
            if socket.link is not None or not self._is_shown(node, name):
                yield socket
            else:
                yield self._show(node, socket, None)

    def _widgets(self, node: SheetNode) -> dict[str, Widget]:
        if node.type == "PrimitiveNode":
            return {"value": Widget("value", controls=2)} if node.values else {}
        spec: NodeSpec | None = self.catalog.get(node.type)
        return {widget.name: widget for widget in widgets_of(spec)} if spec is not None else {}

    def _show(self, node: SheetNode, socket: Socket, widget: Widget | None) -> Socket:
        name = self._config(node, "input", socket.name).get("name")
        name = name if isinstance(name, str) and name else socket.name
        if name in self.names or (node.type == "PrimitiveNode" and node.title):
            name = f"{node.title or node.type} {socket.name}"
        count, first = 2, name
        while name in self.names:
            name, count = f"{first} {count}", count + 1
        self.names.add(name)
        if widget is not None:
            self.widgets.append(replace(widget, name=name))
        self.inputs.append(Socket(name, socket.type, has_widget=widget is not None))
        return replace(socket, link=self._link(SheetLink(FROM_OUTSIDE, len(self.inputs) - 1)))

    def _outputs(self, nodes: Mapping[str, SheetNode], used: set[SheetLink]) -> Iterator[Socket]:
        external = {
            (str(e[0]), e[1]) for e in as_list(self.group.get("external")) if isinstance(e, list) and len(e) > 1
        }
        for node in nodes.values():
            for slot, output in enumerate(node.outputs):
                link = SheetLink(node.id, slot)
                is_hidden = self._config(node, "output", str(slot)).get("visible") is False
                if not is_hidden and (link not in used or (node.id, slot) in external):
                    yield Socket(output, output, self._link(link))

    def _is_shown(self, node: SheetNode, name: str) -> bool:
        return self._config(node, "input", name).get("visible") is not False

    def _config(self, node: SheetNode, section: str, name: str) -> Mapping[str, Any]:
        """What the user set for one of a node's inputs or outputs: its name, and whether the group shows it."""
        found: Any = self.group.get("config")
        for key in (node.id, section, name):
            found = found.get(key) if isinstance(found, Mapping) else None
        return found if isinstance(found, Mapping) else {}

    def _link(self, link: SheetLink) -> str:
        key = str(len(self.links))
        self.links[key] = link
        return key
