"""Constants of a graph: made what the input wants where that is possible, and held against its limits and choices."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from graph.catalog import nearest
from graph.document import NodeCall
from graph.errors import Problem
from graph.groups import DYNAMIC_COMBO, keys_of
from graph.report import describe_input
from graph.spec import ANY, Choice, Float, Group, Input, Int, NodeSpec, Port, Text, Toggle

Choices = Callable[[Choice], Sequence[Any] | None]

_PLAIN_TYPES: Final = frozenset((ANY, "INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"))
_SHOWN: Final = 60


def check_constant(
    call: NodeCall, spec: NodeSpec, item: Input, value: Any, choices: Choices | None
) -> tuple[Any, Problem | None]:
    """The value as the node will get it, and what is wrong with it, if anything."""
    kind = item.kind
    if isinstance(kind, Port):
        if spec.contract == "easel" and not kind.widget and _PLAIN_TYPES.isdisjoint(kind.type.split(",")):
            return value, _wrong_type(call, item, value, f"takes a link that carries {kind.type}", "a link is needed")
    elif isinstance(kind, _COERCED):
        try:
            value = _coerce(kind, value)
        except (TypeError, ValueError, OverflowError) as error:
            return value, _wrong_type(call, item, value, f"takes {_WORDS[type(kind)]}", str(error))
    if spec.checks and ("*" in spec.checks or item.name in spec.checks):
        return value, None
    if isinstance(kind, Choice):
        return value, _check_choice(call, item, kind, value, choices)
    if isinstance(kind, Group) and kind.type == DYNAMIC_COMBO:
        return value, _check_choice(call, item, keys_of(kind), value, None)
    return value, _check_limits(call, item, value)


# Tuples: a union of types takes three times as long to ask, and every constant of every graph comes through here.
_COERCED: Final = (Int, Float, Text, Toggle)
_NUMBERS: Final = (Int, Float)
_WORDS: Final[Mapping[type, str]] = {Int: "a whole number", Float: "a number", Text: "text", Toggle: "true or false"}


def _coerce(kind: Int | Float | Text | Toggle, value: Any) -> Any:
    match kind:
        case Int():
            return value if type(value) is int else int(value)
        case Float():
            number = value if type(value) is float else float(value)
            if not math.isfinite(number):
                raise ValueError(f"{number} is not a finite number")
            return number
        case Text():
            return value if type(value) is str else str(value)
        case Toggle():
            return bool(value)


def _check_limits(call: NodeCall, item: Input, value: Any) -> Problem | None:
    """Limits of numbers; inputs of other types may carry ``min`` and ``max`` among their extra options."""
    if isinstance(item.kind, _NUMBERS):
        low, high = item.kind.min, item.kind.max
    else:
        low, high = item.extra.get("min"), item.extra.get("max")
    if (low is None and high is None) or not isinstance(value, (int, float)):
        return None
    if low is not None and value < low:
        code, limit = "value_smaller_than_min", f"it is at least {low}" if high is None else None
    elif high is not None and value > high:
        code, limit = "value_bigger_than_max", f"it is at most {high}" if low is None else None
    else:
        return None
    message = f"{item.name} is {_show(value)}; {limit or f'it goes from {low} to {high}'}."
    return _problem(code, call, item, value, message, item.name)


def _check_choice(call: NodeCall, item: Input, kind: Choice, value: Any, choices: Choices | None) -> Problem | None:
    listed = choices(kind) if choices is not None else None
    options: Sequence[Any] = listed if listed is not None else kind.options
    if listed is None and (kind.folder or "remote" in item.extra):
        return None  # what there is to choose from is not known here
    values = value if kind.multiselect and isinstance(value, list) else [value]
    strange = next((v for v in values if v not in options), None)
    if strange is None and None not in values:
        return None
    if kind.folder:
        message = f"There is no file {_show(strange)} in {kind.folder} for {item.name}."
        message += " The folder is empty." if not options else ""
    else:
        message = f"{item.name} is {_show(strange)}, which is not among its choices."
    message += _suggest(strange, options)
    details = f"{item.name}: {_show(strange)} not in (list of length {len(options)})"
    if len(options) <= 20:
        details = f"{item.name}: {_show(strange)} not in {list(options)}"
    return _problem("value_not_in_list", call, item, value, message, details)


def _suggest(value: Any, options: Sequence[Any]) -> str:
    words = {str(option).lower(): option for option in options}
    near = nearest(str(value).lower().replace("\\", "/"), words) if isinstance(value, str) else None
    if near is not None:
        return f" Did you mean {words[near]}?"
    few = ", ".join(str(option) for option in list(options)[:10])
    return f" Choose one of {few}{' and others' if len(options) > 10 else ''}." if options else ""


def _wrong_type(call: NodeCall, item: Input, value: Any, takes: str, why: str) -> Problem:
    message = f"{item.name} {takes}, not {_show(value)}."
    found = _problem("invalid_input_type", call, item, value, message, f"{item.name}, {_show(value)}, {why}")
    return Problem(
        found.code, found.message, found.call, found.input, found.details, {**found.extra, "exception_message": why}
    )


def _problem(code: str, call: NodeCall, item: Input, value: Any, message: str, details: str) -> Problem:
    extra = {"input_name": item.name, "input_config": describe_input(item), "received_value": value}
    return Problem(code, message, call.id, item.name, details, extra)


def _show(value: Any) -> str:
    """A value for a sentence, not longer than one can read."""
    text = repr(value[: _SHOWN + 1] if isinstance(value, str) else value)
    return text if len(text) <= _SHOWN + 2 else text[:_SHOWN] + "..."
