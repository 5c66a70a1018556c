"""Where a link really comes from, past everything that only exists in the editor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from graph.document import Link
from graph.workflow.scope import Scope
from graph.workflow.sheet import BYPASSED, FROM_OUTSIDE, MUTED, SETTERS, SheetNode, Socket, first_value

_GETTERS: Final = frozenset(("GetNode", "easy getNode"))
_RGTHREE: Final = (
    "Bookmark",
    "Fast Actions Button",
    "Fast Bypasser",
    "Fast Groups Bypasser",
    "Fast Groups Muter",
    "Fast Muter",
    "Label",
    "Mute / Bypass Relay",
    "Mute / Bypass Repeater",
    "Node Collector",
    "Random Unmuter",
    "Reroute",
)
# What the editor and widely used packs draw but never send.
VIRTUAL: Final = frozenset(
    ("Reroute", "PrimitiveNode", "Note", "MarkdownNote", *_GETTERS, *SETTERS, *(f"{n} (rgthree)" for n in _RGTHREE))
)


@dataclass(frozen=True)
class Constant:
    """The link brings a value: a primitive's, or one that an instance of a subgraph has of its own."""

    value: Any


@dataclass(frozen=True)
class Nothing:
    """The link brings nothing. ``removes``: nor does the widget under it count, since a muted node was to set it."""

    removes: bool = False


Origin = Link | Constant | Nothing


@dataclass
class Wiring:
    """Traces links. State: what has been traced so far, so that long chains are followed once."""

    known: dict[tuple[str, str, str], Origin] = field(default_factory=dict)

    def trace(self, scope: Scope, link_id: str, wanted: str) -> Origin:
        """What a link of this sheet brings to an input of the type ``wanted``."""
        on_the_way: list[tuple[str, str, str]] = []
        found: Origin | tuple[Scope, str] = (scope, link_id)
        while isinstance(found, tuple):
            key = (found[0].path, found[1], wanted)
            if key in self.known:
                found = self.known[key]
                break
            on_the_way.append(key)
            self.known[key] = Nothing()  # what reroutes in a ring bring
            found = _follow(*found, wanted)
        self.known.update(dict.fromkeys(on_the_way, found))
        return found


def _follow(scope: Scope, link_id: str, wanted: str) -> Origin | tuple[Scope, str]:
    """What a link brings, or the next link to follow and the sheet it is on."""
    link = scope.sheet.links.get(link_id)
    if link is None:
        return Nothing()
    if link.origin == FROM_OUTSIDE and scope.instance is not None and scope.outer is not None:
        socket = _at(scope.instance.inputs, link.slot)
        if socket is None or socket.link is None:
            return Constant(scope.values[link.slot]) if link.slot in scope.values else Nothing()
        return scope.outer, socket.link
    node = scope.sheet.nodes.get(link.origin)
    if node is None:
        return Nothing()
    if node.mode == MUTED:
        return Nothing(removes=True)
    if node.id in scope.inner:
        scope = scope.inner[node.id]
        socket = _at(scope.sheet.outputs, link.slot)
    elif node.type == "PrimitiveNode":
        return _primitive_value(scope, node)
    elif node.mode == BYPASSED:
        socket = _passed_through(node, link.slot, wanted)
    elif node.type in _GETTERS:
        scope, socket = _what_was_set(scope, node)
    elif node.type in VIRTUAL:
        socket = _at(node.inputs, link.slot)
    else:
        return Link(f"{scope.path}{node.id}", link.slot)
    return Nothing() if socket is None or socket.link is None else (scope, socket.link)


def _at(sockets: tuple[Socket, ...], place: int) -> Socket | None:
    return sockets[place] if place < len(sockets) else None


def _primitive_value(scope: Scope, node: SheetNode) -> Origin:
    """A primitive's own value, or within a group node the one that the group shows for it."""
    for socket in node.inputs:
        link = scope.sheet.links.get(socket.link or "")
        if link is not None and link.origin == FROM_OUTSIDE and link.slot in scope.values:
            return Constant(scope.values[link.slot])
    return next((Constant(value) for value in first_value(node)), Nothing())


def _what_was_set(scope: Scope, getter: SheetNode) -> tuple[Scope, Socket | None]:
    """The input of the Set node with this Get node's name, on its own sheet or on one around it."""
    names = first_value(getter)
    around: Scope | None = scope
    while names and isinstance(names[0], str) and around is not None:
        setter = around.sheet.setters.get(names[0])
        if setter is not None:
            return around, _at(setter.inputs, 0)
        around = around.outer
    return scope, None


def _passed_through(node: SheetNode, slot: int, wanted: str) -> Socket | None:
    """The input that a bypassed node hands on at an output: at the same place if it fits, else the first that does."""
    if wanted == "*":
        return _at(node.inputs, slot) or next(iter(node.inputs), None)
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
