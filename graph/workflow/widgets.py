"""Which value belongs to which widget. The editor saves values by position, some for no input at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from graph.spec import MISSING, NodeSpec
from graph.workflow.sheet import Sheet, SheetNode
from graph.workflow.widget import Widget, widgets_of, widgets_of_old, with_children

_CONTROLS: Final = frozenset(("fixed", "increment", "decrement", "randomize", "increment-wrap"))


def read_widgets(node: SheetNode, spec: NodeSpec | None) -> dict[str, Any]:
    """The node's constants by input. Of an unknown type those of which the file itself tells the names."""
    if spec is None:
        return _read_unknown(node)
    widgets = widgets_of(spec)
    if isinstance(node.values, Mapping):
        found = {name: value for name, value in node.values.items() if spec.declares(name)}
    else:
        found = _read_positions(node.values, widgets, spec)
    named = with_children(widgets, found)
    defaults = {name: widget.default for name, widget in named.items() if widget.default is not MISSING}
    return {**defaults, **found}


def read_promoted(node: SheetNode, definition: Sheet) -> dict[int, Any]:
    """The values that an instance of a subgraph has of its own, by the place of the subgraph's input.

    A value that is not among them is that of the node inside. Older files say in ``proxies`` where each value is kept:
    at ``-1`` by the instance, else by the node inside; newer ones keep a value for each input that shows a widget.
    """
    slots = definition.promoted
    names = {definition.inputs[slot].name: slot for slot in slots}
    values = node.values
    if isinstance(values, Mapping):
        found = dict(values)
    elif definition.widgets is not None:
        found = assign(values, definition.widgets)[0]
    elif node.proxies:
        pairs = zip(node.proxies, values, strict=False)
        found = {name: value for (owner, name), value in pairs if owner == "-1"}
    else:
        found = assign(values, [Widget(name, controls=2) for name in names], spare=len(values) - len(names))[0]
    return {names[name]: value for name, value in found.items() if name in names and value is not None}


def assign(values: Sequence[Any], widgets: Iterable[Widget], *, spare: int | None = None) -> tuple[dict[str, Any], int]:
    """Values by widget, in order, passing over those that are no input; and how many values that used.

    ``spare``: how many values may be passed over, if that is known.
    """
    found: dict[str, Any] = {}
    waiting = list(widgets)[::-1]
    at = 0
    while waiting and at < len(values):
        widget = waiting.pop()
        while at < len(values) - 1 and values[at] in widget.after:
            at += 1
        value = found[widget.name] = values[at]
        at += 1
        passed = _count_controls(widget, values[at : at + 2])
        if spare is not None:
            passed = min(passed, max(spare, 0))
            spare -= passed
        at += passed
        waiting += reversed(widget.children(value))
    return found, at


def _count_controls(widget: Widget, following: Sequence[Any]) -> int:
    """How many of the values that follow belong to control-after-generate."""
    if not widget.controls or not following or not isinstance(following[0], str) or following[0] not in _CONTROLS:
        return 0
    has_filter = widget.controls == 2 and len(following) == 2 and isinstance(following[1], str)
    return 2 if has_filter else 1


def _read_positions(values: Sequence[Any], widgets: tuple[Widget, ...], spec: NodeSpec) -> dict[str, Any]:
    found, used = assign(values, widgets)
    everything = widgets_of_old(spec)
    if used < len(values) and len(everything) > len(widgets):
        # Old files hold a value for inputs that are sockets now; believe so only if the count fits exactly.
        with_sockets, used = assign(values, everything)
        if used == len(values):
            names = with_children(widgets, with_sockets)
            return {name: value for name, value in with_sockets.items() if name in names}
    return found


def _read_unknown(node: SheetNode) -> dict[str, Any]:
    if isinstance(node.values, Mapping):
        return {name: value for name, value in node.values.items() if name != "control_after_generate"}
    shown = [Widget(socket.name, controls=1) for socket in node.inputs if socket.has_widget]
    found, used = assign(node.values, shown)
    return found if used == len(node.values) and len(found) == len(shown) else {}
