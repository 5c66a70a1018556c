"""What of a node type is set by hand, in the order in which editors lay it out and save its values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graph.groups import DYNAMIC_COMBO
from graph.input_json import read_input
from graph.spec import MISSING, WIDGETS, Choice, Float, Group, Input, Int, NodeSpec, Port, Text, Toggle

_SEEDS: Final = ("seed", "noise_seed")
# The view of a model in space is a widget too.
_SCENE: Final = "LOAD_3D"
_SCENE_BUTTONS: Final = ("upload3dmodel", "uploadExtraResources", "clear")


@dataclass(frozen=True)
class Widget:
    """One value set by hand. default: what it shows at first, MISSING if that is not known here.

    controls: how many values that are no input may follow it (control-after-generate: its mode, and for choices a
    filter). options: of a choice that brings widgets with it, those of each of its values. has_wildcards: ``{a|b}`` in
    its text is resolved before sending. after: buttons before it, whose names are saved like values.
    """

    name: str
    default: Any = MISSING
    controls: int = 0
    options: Mapping[Any, tuple[Widget, ...]] = field(default_factory=dict)
    has_wildcards: bool = False
    after: tuple[str, ...] = ()

    def children(self, value: Any) -> tuple[Widget, ...]:
        """The widgets that come with this value, by their full names."""
        return self.options.get(value, ()) if isinstance(value, str | int | float) else ()


def widgets_of(spec: NodeSpec) -> tuple[Widget, ...]:
    """The widgets of a node type: required ones first."""
    return _in_order(item for item in spec.inputs if _has_widget(item))


def widgets_of_old(spec: NodeSpec) -> tuple[Widget, ...]:
    """Those, and what is a socket now but may have been a widget when an old file was saved."""
    return _in_order(item for item in spec.inputs if _has_widget(item) or isinstance(item.kind, WIDGETS))


def with_children(widgets: Iterable[Widget], values: Mapping[str, Any]) -> dict[str, Widget]:
    """The widgets by full name, with those that come with the values chosen (or with the defaults)."""
    found: dict[str, Widget] = {}
    for widget in widgets:
        found[widget.name] = widget
        found |= with_children(widget.children(values.get(widget.name, widget.default)), values)
    return found


def _in_order(items: Iterable[Input]) -> tuple[Widget, ...]:
    items = list(items)
    return tuple(_widget_of(item) for required in (True, False) for item in items if item.required is required)


def _has_widget(item: Input) -> bool:
    if item.socket_only:
        return False
    if isinstance(item.kind, Port):
        return item.kind.widget or item.kind.type == _SCENE or "widgetType" in item.extra
    return isinstance(item.kind, WIDGETS) or _is_dynamic_combo(item)


def _is_dynamic_combo(item: Input) -> bool:
    return isinstance(item.kind, Group) and item.kind.type == DYNAMIC_COMBO


def _widget_of(item: Input) -> Widget:
    kind, short = item.kind, item.name.rpartition(".")[2]
    if isinstance(kind, Group):
        options = {option.get("key"): _members(item.name, option) for option in kind.template.get("options", ())}
        start = next(iter(options), MISSING) if item.default is MISSING else item.default
        return Widget(item.name, start, options=options)
    if isinstance(kind, Port) and kind.type == _SCENE:
        return Widget(item.name, _default(item), after=_SCENE_BUTTONS)
    controls = 0
    if isinstance(kind, Int) and (kind.reroll or short in _SEEDS):
        controls = 1
    elif isinstance(kind, Choice) and kind.reroll:
        controls = 2
    return Widget(item.name, _default(item), controls, has_wildcards=isinstance(kind, Text) and kind.dynamic_prompts)


def _members(name: str, option: Mapping[str, Any]) -> tuple[Widget, ...]:
    """The widgets that come with a choice; they are named after it: ``format.quality``."""
    inputs = option.get("inputs") or {}
    return _in_order(
        item
        for section in ("required", "optional")
        for key, entry in (inputs.get(section) or {}).items()
        if _has_widget(item := read_input(f"{name}.{key}", entry, required=section == "required"))
    )


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
