"""One sheet of the editor, typed: its nodes and links, in whichever version of the format they were saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from graph.errors import Problem

if TYPE_CHECKING:
    from graph.workflow.widget import Widget

MUTED: Final = 2
BYPASSED: Final = 4
# Where the links of a subgraph begin and end that come from its inputs and go to its outputs.
FROM_OUTSIDE: Final = "-10"
TO_OUTSIDE: Final = "-20"
# Nodes of packs that give a link a name, by which it is taken up elsewhere.
SETTERS: Final = frozenset(("SetNode", "easy setNode"))


@dataclass(frozen=True)
class Socket:
    """An input of a node; ``link`` is the id of the link that ends in it. has_widget: it can also be set by hand."""

    name: str
    type: str
    link: str | None = None
    has_widget: bool = False


@dataclass(frozen=True)
class SheetNode:
    """A node as drawn. ``values``: its widgets' values, by position or by name. ``outputs``: their types.

    known_as: the name by which file names refer to it. proxies: of a subgraph, the (inner node, widget) pairs it shows.
    """

    id: str
    type: str
    mode: int
    inputs: tuple[Socket, ...]
    outputs: tuple[str, ...]
    values: Sequence[Any] | Mapping[str, Any]
    title: str = ""
    known_as: str = ""
    proxies: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SheetLink:
    """A link from output ``slot`` of the node ``origin``."""

    origin: str
    slot: int


@dataclass(frozen=True)
class Sheet:
    """Nodes and links by id. A subgraph's has inputs and outputs of its own; a link ends in each such output.

    widgets: of a group node, what its values belong to, in order; None if that follows from the inputs.
    """

    nodes: Mapping[str, SheetNode]
    links: Mapping[str, SheetLink]
    name: str = ""
    inputs: tuple[Socket, ...] = ()
    outputs: tuple[Socket, ...] = ()
    widgets: tuple[Widget, ...] | None = None

    @cached_property
    def setters(self) -> Mapping[str, SheetNode]:
        """The first node that gives each name to a link."""
        named = [(first_value(node), node) for node in self.nodes.values() if node.type in SETTERS]
        return {name[0]: node for name, node in reversed(named) if name and isinstance(name[0], str)}

    @cached_property
    def promoted(self) -> tuple[int, ...]:
        """The inputs, by place, that set a widget of some node inside, so that the subgraph shows it as its own."""
        with_widget = {socket.link for node in self.nodes.values() for socket in node.inputs if socket.has_widget}
        found = {link.slot for key, link in self.links.items() if link.origin == FROM_OUTSIDE and key in with_widget}
        return tuple(slot for slot in range(len(self.inputs)) if slot in found)


def read_sheet(data: Mapping[str, Any], name: str = "") -> tuple[Sheet, list[Problem]]:
    """The sheet, as far as it can be read, and what cannot. ``name``: of the subgraph it belongs to."""
    problems: list[Problem] = []
    of = f" of the subgraph {name}" if name else ""
    nodes: dict[str, SheetNode] = {}
    for position, item in enumerate(as_list(data.get("nodes"))):
        node = read_node(item)
        if node is None:
            problems.append(
                refuse(f"Entry {position} of the workflow's nodes{of} is no node: it lacks an id or a type.")
            )
        elif node.id in nodes:
            problems.append(refuse(f"There are two nodes with the id {node.id}{of}. Give each its own.", node.id))
        else:
            nodes[node.id] = node
    links: dict[str, SheetLink] = {}
    leaving: dict[int, str] = {}
    for position, item in enumerate(as_list(data.get("links"))):
        read = _read_link(item)
        if read is None:
            problems.append(refuse(f"Entry {position} of the workflow's links{of} is no link: {str(item)[:80]}."))
            continue
        key, link, target, place = read
        links[key] = link
        if target == TO_OUTSIDE:
            leaving[place] = key
    inputs = tuple(read_socket(socket) for socket in mappings(data.get("inputs")))
    outputs = tuple(
        Socket(str(item.get("name", "")), read_type(item.get("type")), leaving.get(place))
        for place, item in enumerate(mappings(data.get("outputs")))
    )
    return Sheet(nodes, links, name, inputs, outputs), problems


def read_node(item: Any) -> SheetNode | None:
    """A node of a sheet, or None if it has no id or no type."""
    if not isinstance(item, Mapping) or not is_id(item.get("id")) or not isinstance(item.get("type"), str):
        return None
    mode, title = item.get("mode"), item.get("title")
    properties = item.get("properties")
    properties = properties if isinstance(properties, Mapping) else {}
    known_as = properties.get("Node name for S&R")
    return SheetNode(
        id=str(item["id"]),
        type=item["type"],
        mode=mode if isinstance(mode, int) else 0,
        inputs=tuple(read_socket(socket) for socket in mappings(item.get("inputs"))),
        outputs=tuple(read_type(output.get("type")) for output in mappings(item.get("outputs"))),
        values=_read_values(item.get("widgets_values"), item.get("widgets_values_named")),
        title=title if isinstance(title, str) else "",
        known_as=known_as if isinstance(known_as, str) else "",
        proxies=tuple(
            (str(pair[0]), str(pair[1]))
            for pair in as_list(properties.get("proxyWidgets"))
            if isinstance(pair, list) and len(pair) >= 2
        ),
    )


def _read_values(values: Any, named: Any) -> Sequence[Any] | Mapping[str, Any]:
    """The values of a node's widgets, by name if the file tells the names.

    Files with names hold the values twice, and people who edit them change those by position; so only the names are
    taken from ``named``, where they fit: it has one entry for however many control-after-generate.
    """
    if isinstance(values, Mapping):
        return values
    placed = as_list(values)
    if not isinstance(named, Mapping):
        return placed
    fits = len(named) == len(placed) or (len(named) < len(placed) and "control_after_generate" not in named)
    return dict(zip(named, placed, strict=False)) if fits else named


def first_value(node: SheetNode) -> tuple[Any, ...]:
    """The value of a node's first widget, if it has any."""
    values = node.values.values() if isinstance(node.values, Mapping) else node.values
    return tuple(values)[:1]


def read_socket(item: Mapping[str, Any]) -> Socket:
    """An input of a node or of a subgraph."""
    widget, link = item.get("widget"), item.get("link")
    name = widget.get("name") if isinstance(widget, Mapping) else None
    return Socket(
        name=name if isinstance(name, str) else str(item.get("name", "")),
        type=read_type(item.get("type")),
        link=str(link) if is_id(link) else None,
        has_widget=isinstance(widget, Mapping),
    )


def _read_link(item: Any) -> tuple[str, SheetLink, str, int] | None:
    """Version 0.4 has ``[id, origin, slot, target, slot, type]``, version 1 an object."""
    if isinstance(item, Mapping):
        item = [item.get(key) for key in ("id", "origin_id", "origin_slot", "target_id", "target_slot")]
    if not isinstance(item, list) or len(item) < 3 or not is_id(item[0]) or not is_id(item[1]):
        return None
    slot = read_slot(item[2])
    if slot is None:
        return None
    target, place = (item[3], read_slot(item[4])) if len(item) > 4 else (None, None)
    return str(item[0]), SheetLink(str(item[1]), slot), str(target), -1 if place is None else place


def read_slot(value: Any) -> int | None:
    """The number of an input or output, which some programs write as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if type(value) is int and value >= 0 else None


def read_type(value: Any) -> str:
    """A socket's type; the editor writes any type as ``*``, "" or 0, and a list of choices as that list."""
    if isinstance(value, str):
        return value or "*"
    return "COMBO" if isinstance(value, list) else "*"


def is_id(value: Any) -> bool:
    """Whether this can name a node or a link."""
    return isinstance(value, str | int) and not isinstance(value, bool)


def as_list(value: Any) -> list[Any]:
    """The list, or an empty one for anything else."""
    return value if isinstance(value, list) else []


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    return [item for item in as_list(value) if isinstance(item, Mapping)]


def refuse(message: str, call: str = "") -> Problem:
    """What is wrong with a workflow as a document."""
    return Problem("invalid_prompt", message, call, details=f"Node ID '#{call}'" if call else "")
