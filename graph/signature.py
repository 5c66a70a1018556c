"""What a typed Python function says by its signature: inputs, hidden inputs, injected services, outputs."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Union

from graph.answer import Done, Expand, Needs
from graph.groups import template_id
from graph.spec import MISSING, WIDGETS, Choice, Float, Group, Input, Int, Kind, Output, Port, Text, Toggle


@dataclass(frozen=True)
class Slot:
    """What a parameter or output says beside its kind. ``hidden`` names what the engine puts there (PROMPT ...)."""

    name: str = ""
    optional: bool = False
    lazy: bool = False
    raw_link: bool = False
    socket_only: bool = False
    advanced: bool = False
    is_list: bool = False
    display_name: str = ""
    hidden: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)  # so that unions of annotations can be made


@dataclass(frozen=True)
class Signature:
    """inputs, outputs: for the spec. names: input to parameter, which differ where a Slot renames. hidden: parameter to
    what the engine puts there. injected: parameter to the class that the run is asked for. classes: input to the class
    of its values, where the annotation names one that can be asked.
    """

    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    names: Mapping[str, str]
    hidden: Mapping[str, str]
    injected: Mapping[str, type]
    classes: Mapping[str, type]


def read_signature(function: Callable[..., Any]) -> Signature:
    """The signature, read. Raises TypeError for a parameter or output that says nothing of its kind."""
    hints = typing.get_type_hints(function, include_extras=True)
    inputs: list[Input] = []
    names: dict[str, str] = {}
    hidden: dict[str, str] = {}
    injected: dict[str, type] = {}
    classes: dict[str, type] = {}
    for parameter in inspect.signature(function).parameters.values():
        name = parameter.name
        kind, slot, tooltip, base = _read_annotation(hints[name])
        if slot.hidden:
            hidden[name] = slot.hidden
            names[name] = name
        elif kind is not None:
            item = _read_input(parameter, kind, slot, tooltip)
            inputs.append(item)
            names[item.name] = name
            if _can_be_asked(base) and not isinstance(kind, Group):
                classes[item.name] = base
        elif isinstance(base, type):
            injected[name] = base
        else:
            raise TypeError(f"{function.__name__}: parameter {name} has no kind (Annotated[type, Int(...)])")
    outputs = _read_outputs(hints.get("return", type(None)))
    return Signature(tuple(inputs), outputs, names, hidden, injected, classes)


def _can_be_asked(base: Any) -> bool:
    """Whether ``isinstance`` takes it."""
    is_special = base is Any or typing.is_typeddict(base) or getattr(base, "_is_protocol", False)
    return isinstance(base, type) and not is_special


def _read_input(parameter: inspect.Parameter, kind: Kind, slot: Slot, tooltip: str) -> Input:
    default = MISSING if parameter.default is inspect.Parameter.empty else parameter.default
    is_widget = isinstance(kind, WIDGETS) and not slot.socket_only
    return Input(
        name=slot.name or parameter.name,
        kind=kind,
        required=not (slot.optional or (default is not MISSING and not is_widget)),
        default=MISSING if default is None else default,
        tooltip=tooltip,
        display_name=slot.display_name,
        lazy=slot.lazy,
        raw_link=slot.raw_link,
        socket_only=slot.socket_only,
        advanced=slot.advanced,
        extra=slot.extra,
    )


def _read_annotation(hint: Any) -> tuple[Kind | None, Slot, str, Any]:
    """Kind, slot, tooltip and bare type of an annotation; ``X | None`` counts as X."""
    if typing.get_origin(hint) in (Union, types.UnionType):
        hint = next(a for a in typing.get_args(hint) if a is not type(None))
    kind, slot, tooltip, base = None, Slot(), "", hint
    if typing.get_origin(hint) is Annotated:
        base, *marks = typing.get_args(hint)
        for mark in marks:
            if isinstance(mark, (Port, Int, Float, Toggle, Text, Choice, Group)):
                kind = mark
            elif isinstance(mark, Slot):
                slot = mark
            elif isinstance(mark, str):
                tooltip = mark
    return kind, slot, tooltip, base


def _read_outputs(hint: Any) -> tuple[Output, ...]:
    if typing.get_origin(hint) in (Union, types.UnionType):
        hint = next(arm for arm in typing.get_args(hint) if arm is not Needs and typing.get_origin(arm) is not Expand)
    if typing.get_origin(hint) in (Done, Expand):
        hint = typing.get_args(hint)[0]
    if hint in (None, type(None), Done, Expand, Needs):
        return ()
    if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
        fields = typing.get_type_hints(hint, include_extras=True)
        return tuple(_read_output(annotation, name) for name, annotation in fields.items())
    return (_read_output(hint, ""),)


def _read_output(hint: Any, field_name: str) -> Output:
    kind, slot, tooltip, _ = _read_annotation(hint)
    if kind is None:
        raise TypeError(f"an output needs a kind, {hint} has none")
    type_name = Input(name="", kind=kind).type
    name = slot.name or (field_name if field_name and field_name.upper() != type_name else type_name)
    matched = template_id(kind) if isinstance(kind, Group) else ""
    return Output(name, type_name, is_list=slot.is_list, tooltip=tooltip, template_id=matched)
