"""Which value belongs to which widget. The editor saves values by position, some for no input at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from graph.groups import DYNAMIC_COMBO
from graph.spec import MISSING, WIDGETS, Choice, Float, Group, Input, Int, NodeSpec, Port, Text, Toggle
from graph.workflow.sheet import SheetNode

_CONTROLS: Final = frozenset(("fixed", "increment", "decrement", "randomize", "increment-wrap"))
_SEEDS: Final = ("seed", "noise_seed")
_PLAIN: Final = frozenset(("INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"))


def read_widgets(node: SheetNode, spec: NodeSpec | None) -> dict[str, Any]:
    """The node's constants by input. Of an unknown type only those that were saved by name."""
    values = node.values
    if isinstance(values, Mapping):
        named = {name: v for name, v in values.items() if spec is None or spec.declares(name)}
        return named if spec is None else {**_defaults(_widgets(spec)), **named}
    if spec is None:
        return {}
    widgets = _widgets(spec)
    found, used = _assign(values, widgets)
    everything = _in_order(spec, lambda item: isinstance(item.kind, WIDGETS))
    if used < len(values) and len(everything) > len(widgets):
        # Old files hold a value for inputs that are sockets now; believe so only if the count fits exactly.
        with_sockets, used = _assign(values, everything)
        if used == len(values):
            names = {item.name for item in widgets}
            found = {name: value for name, value in with_sockets.items() if name in names}
    return {**_defaults(widgets), **found}


def _widgets(spec: NodeSpec) -> list[Input]:
    return _in_order(spec, _has_widget)


def _has_widget(item: Input) -> bool:
    if isinstance(item.kind, Port):
        return item.kind.widget
    return (isinstance(item.kind, WIDGETS) and not item.socket_only) or _is_dynamic_combo(item)


def _in_order(spec: NodeSpec, wanted: Any) -> list[Input]:
    """The inputs as the editor lays them out: required ones first."""
    items = [item for item in spec.inputs if wanted(item)]
    return [item for item in items if item.required] + [item for item in items if not item.required]


def _assign(values: Sequence[Any], widgets: Sequence[Input]) -> tuple[dict[str, Any], int]:
    """Values by widget, in order, passing over those that are no input; and how many values that used."""
    found: dict[str, Any] = {}
    at = 0
    for item in widgets:
        if at >= len(values):
            break
        found[item.name] = values[at]
        at += 1
        for child in _children(item, found[item.name]):
            if at < len(values):
                found[f"{item.name}.{child}"] = values[at]
                at += 1
        at += _count_controls(item, values[at : at + 2])
    return found, at


def _count_controls(item: Input, following: Sequence[Any]) -> int:
    """How many of the values that follow belong to control-after-generate: its mode, and for choices a filter."""
    if not following or not isinstance(following[0], str) or following[0] not in _CONTROLS:
        return 0
    match item.kind:
        case Int(reroll=reroll) if reroll or item.name in _SEEDS:
            return 1
        case Choice(reroll=reroll) if reroll:
            return len(following) if isinstance(following[-1], str) else 1
        case _:
            return 0


def _is_dynamic_combo(item: Input) -> bool:
    return isinstance(item.kind, Group) and item.kind.type == DYNAMIC_COMBO


def _children(item: Input, value: Any) -> Iterator[str]:
    """The widgets that a dynamic choice brings with it when it has this value."""
    if not isinstance(item.kind, Group) or not _is_dynamic_combo(item):
        return
    for option in item.kind.template.get("options", ()):
        if option.get("key") == value:
            for section in ("required", "optional"):
                for name, declared in option.get("inputs", {}).get(section, {}).items():
                    if isinstance(declared[0], list) or declared[0] in _PLAIN:
                        yield name


def _defaults(widgets: Sequence[Input]) -> dict[str, Any]:
    """What the editor shows before anything is set."""
    pairs = ((item.name, _default(item)) for item in widgets)
    return {name: value for name, value in pairs if value is not MISSING}


def _default(item: Input) -> Any:
    if item.default is not MISSING:
        return item.default
    match item.kind:
        case Int(min=low) | Float(min=low):
            return max(low or 0, 0)
        case Text():
            return ""
        case Toggle():
            return False
        case Choice(options=(first, *_)):
            return first
        case _:
            return MISSING
