"""An input as the field's node classes write it, ``(type, options)``, read into an Input; ``input_to_json`` is the way
back. The same form describes the members of groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from graph.spec import ANY, MISSING, Choice, Float, Group, Input, Int, Kind, Port, Text, Toggle

GROUPS: Final = ("COMFY_AUTOGROW_V3", "COMFY_DYNAMICCOMBO_V3", "COMFY_DYNAMICSLOT_V3", "COMFY_MATCHTYPE_V3")
_UPLOADS: Final = ("image", "audio", "video", "file")
_SHARED: Final = {"default", "tooltip", "lazy", "rawLink", "forceInput", "advanced", "display_name"}


def read_input(name: str, entry: Any, *, required: bool) -> Input:
    """The Input that an entry of INPUT_TYPES, or of a group's template, declares. Unknown options ride along."""
    type_name, options = _split(entry)
    kind, used = _read_kind(type_name, options)
    return Input(
        name=name,
        kind=kind,
        required=required,
        default=options.get("default", MISSING),
        tooltip=options.get("tooltip") or "",
        display_name=options.get("display_name") or "",
        lazy=bool(options.get("lazy")),
        raw_link=bool(options.get("rawLink")),
        socket_only=bool(options.get("forceInput")),
        advanced=bool(options.get("advanced")),
        extra={k: v for k, v in options.items() if k not in used and k not in _SHARED},
    )


def read_type(kind: Any) -> str:
    """The name of a type. A text that equals every other, as packs write "any type", is ``*``."""
    if isinstance(kind, str) and type(kind) is not str and not kind != "\0no type's name":  # noqa: SIM202  packs override __ne__, not __eq__
        return ANY
    return str(kind)


def _split(entry: Any) -> tuple[Any, Mapping[str, Any]]:
    """``(type, options)``, ``(type,)``, a bare type and a bare list of choices all occur."""
    is_choice = isinstance(entry, list) and len(entry) > 1 and all(isinstance(item, str) for item in entry)
    if is_choice or not isinstance(entry, tuple | list) or not entry:
        return entry, {}
    return entry[0], entry[1] if len(entry) > 1 and isinstance(entry[1], Mapping) else {}


def _read_kind(kind: Any, options: Mapping[str, Any]) -> tuple[Kind, set[str]]:
    """The kind, and the names of the options that it took in."""
    if isinstance(kind, list | tuple):
        return _read_choice(kind, options, modern=False)
    match read_type(kind):
        case "COMBO":
            listed = options.get("options")
            return _read_choice(listed if isinstance(listed, list | tuple) else (), options, modern=True)
        case "INT":
            limits = {k: options.get(k) for k in ("min", "max", "step")}
            number = Int(**limits, reroll=_reroll(options), display=options.get("display") or "")
            return number, {*limits, "control_after_generate", "display"}
        case "FLOAT":
            limits = {k: options.get(k) for k in ("min", "max", "step", "round")}
            return Float(**limits, display=options.get("display") or ""), {*limits, "display"}
        case "BOOLEAN":
            toggle = Toggle(options.get("label_on") or "", options.get("label_off") or "")
            return toggle, {"label_on", "label_off"}
        case "STRING":
            marks = bool(options.get("multiline")), bool(options.get("dynamicPrompts"))
            return Text(*marks, options.get("placeholder") or ""), {"multiline", "dynamicPrompts", "placeholder"}
        case name if name in GROUPS:
            template = {k: v for k, v in options.items() if k not in _SHARED}
            return Group(name, template), set(template)
        case name:
            return Port(name, widget=bool(options.get("widgetType"))), set()


def _read_choice(listed: Any, options: Mapping[str, Any], *, modern: bool) -> tuple[Choice, set[str]]:
    """A choice. A list that says which ``folder`` it shows, or that files can be added to, is listed anew each time."""
    folder, own = getattr(listed, "folder", ""), tuple(getattr(listed, "own", listed))
    upload = next((name for name in _UPLOADS if options.get(f"{name}_upload") is True), "")
    if upload and not folder:
        folder = options.get("image_folder") or "input"
    choice = Choice(
        own,
        folder=folder,
        upload=upload,
        reroll=_reroll(options),
        multiselect=bool(options.get("multiselect")),
        modern=modern,
    )
    used = {"control_after_generate"} | ({f"{upload}_upload"} if upload else set())
    return choice, used | ({"options", "multiselect"} if modern else set())


def _reroll(options: Mapping[str, Any]) -> bool | str:
    mode = options.get("control_after_generate", False)
    return mode if isinstance(mode, bool) else str(getattr(mode, "value", mode) or "")
