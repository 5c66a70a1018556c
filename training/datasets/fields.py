"""Reading single values out of foreign files: a wrong one raises BadField with a sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


class BadField(Exception):
    """A value that is not what its column should hold."""


def text_of(value: Any, name: str) -> str:
    """Text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise BadField(f"{name} is {value!r}; it should be text")
    return value.strip()


def whole_of(value: Any, name: str) -> int:
    """A whole number above zero; text and 1.0 count."""
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise BadField(f"{name} is {value!r}; it should be a number") from error
    if not math.isfinite(number) or number < 1 or number != int(number):
        raise BadField(f"{name} is {value!r}; it should be a whole number above 0")
    return int(number)


def optional_whole(value: Any, name: str) -> int | None:
    """Like ``whole_of``, None where the file says nothing."""
    return None if value in (None, "") or value != value else whole_of(value, name)


def optional_number(value: Any, name: str) -> float | None:
    """A real number, or None where the file says nothing."""
    if value in (None, "") or value != value:
        return None
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise BadField(f"{name} is {value!r}; it should be a number") from error


def optional_text(value: Any) -> str:
    """Text, "" where the file says nothing."""
    return value.strip() if isinstance(value, str) else "" if value is None or value != value else str(value)


def any_case(row: Mapping[str, Any], *names: str) -> Any:
    """The value of the first of these columns that the row has, upper or lower case."""
    lower = {key.lower(): value for key, value in row.items()}
    return next((lower[name] for name in names if name in lower), None)
