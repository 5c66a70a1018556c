"""Numbers: computed, converted, seeds, colours as numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from graph.errors import UserError
from graph.groups import AUTOGROW
from graph.node import Slot, node
from graph.spec import Float, Group, Int, Port, Text, Toggle
from nodes.expression import evaluate
from nodes.primitives import INT_MAX
from nodes.text import LETTERS

VALUES = Group(
    AUTOGROW,
    {"template": {"input": {"required": {"value": ["FLOAT,INT,BOOLEAN", {}]}}, "names": list(LETTERS), "min": 1}},
)
RealOut = Annotated[float, Float()]
WholeOut = Annotated[int, Int()]


class Computed(NamedTuple):
    FLOAT: RealOut
    INT: WholeOut
    BOOL: Annotated[bool, Toggle(), Slot(name="BOOL")]


class Converted(NamedTuple):
    FLOAT: RealOut
    INT: WholeOut


class Colour(NamedTuple):
    rgb_int: WholeOut
    hex: Annotated[str, Port("COLOR")]
    alpha: RealOut


@node(
    "ComfyMathExpression",
    display_name="Math Expression",
    category="utils/math",
    needs_device=False,
    synonyms=("calculate", "formula", "add", "multiply"),
)
def compute(
    *,
    expression: Annotated[str, Text(multiline=True), "A formula of a, b, c ...: min(a, 16) * b + 1."] = "a + b",
    values: Annotated[Mapping[str, Any], VALUES],
) -> Computed:
    """What a formula of the linked values comes to: as it is, cut to a whole number, and whether it is not zero."""
    result = evaluate(expression, {name: _as_number(name, value) for name, value in values.items()})
    return Computed(_as_float(result), int(result), bool(result))


@node("ComfyNumberConvert", display_name="Convert Number", category="utils", needs_device=False, synonyms=("cast",))
def convert_number(*, value: Annotated[Any, Port("INT,FLOAT,STRING,BOOLEAN")]) -> Converted:
    """A number, a text that says one, or true (1) and false (0), as a real and as a whole number (cut, not rounded)."""
    number = _read_number(value) if isinstance(value, str) else _as_number("value", value)
    if isinstance(number, float) and not math.isfinite(number):
        raise UserError(f"value is {number}; it has to be a finite number.")
    return Converted(_as_float(number), int(number))


@node("SeedNode", display_name="Seed", category="utils", needs_device=False, synonyms=("random",))
def seed_value(
    *, seed: Annotated[int, Int(0, INT_MAX, reroll="fixed")] = 0
) -> Annotated[int, Int(), Slot(name="seed")]:
    """A seed, so that one can feed many inputs."""
    return seed


@node("ColorToRGBInt", display_name="Color Picker", category="utils", needs_device=False, synonyms=("colour", "hex"))
def read_colour(*, color: Annotated[str, Port("COLOR", widget=True), Slot(extra={"default": "#ffffff"})]) -> Colour:
    """A colour (#RRGGBB or #RRGGBBAA) as the number red * 65536 + green * 256 + blue, and its opacity in 0..1."""
    color = str(color)  # a graph may hold any constant here
    digits = color.removeprefix("#")
    if not color.startswith("#") or len(digits) not in (6, 8) or any(d not in "0123456789abcdefABCDEF" for d in digits):
        raise UserError(f"'{color}' is no colour. Write #RRGGBB or #RRGGBBAA, such as #ff8800.")
    alpha = int(digits[6:], 16) / 255 if len(digits) == 8 else 1.0
    return Colour(int(digits[:6], 16), "#" + digits[:6], alpha)


def _as_number(name: str, value: Any) -> float:
    if not isinstance(value, bool | int | float):
        raise UserError(f"{name} is {type(value).__name__}, not a number.")
    return value


def _as_float(number: float) -> float:
    try:
        return float(number)
    except OverflowError as error:
        raise UserError("The number is too large.") from error


def _read_number(text: str) -> float:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError as error:
        raise UserError(f"'{text[:60]}' says no number. Write one such as 12 or 3.5.") from error
