"""One sheet of the editor, typed: its nodes and links, in whichever version of the format they were saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graph.errors import Problem

MUTED: Final = 2
BYPASSED: Final = 4


@dataclass(frozen=True)
class Socket:
    """An input of a node; ``link`` is the id of the link that ends in it."""

    name: str
    type: str
    link: str | None = None


@dataclass(frozen=True)
class SheetNode:
    """A node as drawn. ``values``: its widgets' values, by position or by name. ``outputs``: their types."""

    id: str
    type: str
    mode: int
    inputs: tuple[Socket, ...]
    outputs: tuple[str, ...]
    values: Sequence[Any] | Mapping[str, Any]
    title: str = ""


@dataclass(frozen=True)
class SheetLink:
    """A link from output ``slot`` of the node ``origin``."""

    origin: str
    slot: int


@dataclass(frozen=True)
class Sheet:
    """Nodes and links by id. ``definitions`` names the subgraphs that nodes may be instances of."""

    nodes: Mapping[str, SheetNode]
    links: Mapping[str, SheetLink]
    definitions: frozenset[str] = frozenset()


def read_sheet(data: Mapping[str, Any]) -> tuple[Sheet, list[Problem]]:
    """The sheet, as far as it can be read, and what cannot."""
    problems: list[Problem] = []
    nodes: dict[str, SheetNode] = {}
    for position, item in enumerate(data["nodes"]):
        node = _read_node(item)
        if node is None:
            problems.append(_refuse(f"Entry {position} of the workflow's nodes is no node: it lacks an id or a type."))
        elif node.id in nodes:
            problems.append(_refuse(f"There are two nodes with the id {node.id}. Give each its own.", node.id))
        else:
            nodes[node.id] = node
    links: dict[str, SheetLink] = {}
    for position, item in enumerate(_list(data.get("links"))):
        read = _read_link(item)
        if read is None:
            problems.append(_refuse(f"Entry {position} of the workflow's links is no link: {str(item)[:80]}."))
        else:
            links[read[0]] = read[1]
    return Sheet(nodes, links, frozenset(_definitions(data))), problems


def _read_node(item: Any) -> SheetNode | None:
    if not isinstance(item, Mapping) or not _is_id(item.get("id")) or not isinstance(item.get("type"), str):
        return None
    named, values = item.get("widgets_values_named"), item.get("widgets_values")
    mode, title = item.get("mode"), item.get("title")
    return SheetNode(
        id=str(item["id"]),
        type=item["type"],
        mode=mode if isinstance(mode, int) else 0,
        inputs=tuple(_read_socket(socket) for socket in _mappings(item.get("inputs"))),
        outputs=tuple(_type(output.get("type")) for output in _mappings(item.get("outputs"))),
        values=next((v for v in (named, values) if isinstance(v, Mapping)), _list(values)),
        title=title if isinstance(title, str) else "",
    )


def _read_socket(item: Mapping[str, Any]) -> Socket:
    widget, link = item.get("widget"), item.get("link")
    name = widget.get("name") if isinstance(widget, Mapping) else None
    return Socket(
        name=name if isinstance(name, str) else str(item.get("name", "")),
        type=_type(item.get("type")),
        link=str(link) if _is_id(link) else None,
    )


def _read_link(item: Any) -> tuple[str, SheetLink] | None:
    """Version 0.4 has ``[id, origin, slot, target, slot, type]``, version 1 an object."""
    if isinstance(item, Mapping):
        item = [item.get("id"), item.get("origin_id"), item.get("origin_slot")]
    if not isinstance(item, list) or len(item) < 3 or not _is_id(item[0]) or not _is_id(item[1]):
        return None
    slot = int(item[2]) if isinstance(item[2], int) or (isinstance(item[2], str) and item[2].isdecimal()) else None
    return None if slot is None else (str(item[0]), SheetLink(str(item[1]), slot))


def _definitions(data: Mapping[str, Any]) -> Iterable[str]:
    definitions = data.get("definitions")
    if isinstance(definitions, Mapping):
        for item in _mappings(definitions.get("subgraphs")):
            if isinstance(item.get("id"), str):
                yield item["id"]


def _type(value: Any) -> str:
    """A socket's type; the editor writes any type as ``*``, "" or 0, and a list of choices as that list."""
    if isinstance(value, str):
        return value or "*"
    return "COMBO" if isinstance(value, list) else "*"


def _is_id(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in _list(value) if isinstance(item, Mapping)]


def _refuse(message: str, call: str = "") -> Problem:
    return Problem("invalid_prompt", message, call)
