"""Where a link really comes from, past everything that only exists in the editor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graph.document import Link
from graph.workflow.sheet import BYPASSED, MUTED, Sheet, SheetNode, Socket

VIRTUAL: Final = frozenset(("Reroute", "PrimitiveNode", "Note", "MarkdownNote"))


@dataclass(frozen=True)
class Constant:
    """The link brings a primitive's value."""

    value: Any


@dataclass(frozen=True)
class Nothing:
    """The link brings nothing. ``removes``: nor does the widget under it count, since a muted node was to set it."""

    removes: bool = False


Origin = Link | Constant | Nothing


@dataclass(frozen=True)
class Wiring:
    """The links of a sheet."""

    sheet: Sheet

    def trace(self, link_id: str, wanted: str) -> Origin:
        """What the link brings to an input of the type ``wanted``."""
        seen: set[str] = set()
        while link_id not in seen:
            seen.add(link_id)
            link = self.sheet.links.get(link_id)
            node = self.sheet.nodes.get(link.origin) if link is not None else None
            if link is None or node is None:
                return Nothing()
            if node.mode == MUTED:
                return Nothing(removes=True)
            if node.type == "PrimitiveNode":
                return _primitive_value(node)
            if node.mode == BYPASSED:
                socket = _passed_through(node, link.slot, wanted)
            elif node.type in VIRTUAL:
                socket = node.inputs[link.slot] if link.slot < len(node.inputs) else None
            else:
                return Link(node.id, link.slot)
            if socket is None or socket.link is None:
                return Nothing()
            link_id = socket.link
        return Nothing()  # reroutes in a ring


def _primitive_value(node: SheetNode) -> Origin:
    values = list(node.values.values()) if isinstance(node.values, Mapping) else list(node.values)
    return Constant(values[0]) if values else Nothing()


def _passed_through(node: SheetNode, slot: int, wanted: str) -> Socket | None:
    """The input that a bypassed node hands on at an output: at the same place if it fits, else the first that does."""
    if wanted == "*":
        return node.inputs[slot] if slot < len(node.inputs) else next(iter(node.inputs), None)
    given = node.outputs[slot] if slot < len(node.outputs) else "*"
    fitting = [socket for socket in node.inputs if _fits(socket.type, given) and _fits(socket.type, wanted)]
    if slot < len(node.inputs) and node.inputs[slot] in fitting:
        return node.inputs[slot]
    exact = (socket for socket in node.inputs if socket.type == wanted)
    return next(exact, None) or next(iter(fitting), None)


def _fits(one: str, other: str) -> bool:
    """Whether the editor lets these types be linked: without regard to case, ``*`` to all, lists that overlap."""
    if "*" in (one, other):
        return True
    return not set(one.lower().split(",")).isdisjoint(other.lower().split(","))
