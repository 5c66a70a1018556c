"""What OpenAPI says of a route beyond its path and docstring: noted at the handler, where it cannot be forgotten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

_NOTED: Final = "__described__"

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Description:
    """body, answer: types that msgspec can describe, None = no JSON. query: name -> what it means.

    form: the fields of a form. media: the answer's type where it is not JSON. errors: status -> when it is given.
    """

    body: Any = None
    answer: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    media: str = ""
    errors: Mapping[int, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)


def describe(
    *,
    body: Any = None,
    answer: Any = None,
    query: Mapping[str, str] | None = None,
    media: str = "",
    errors: Mapping[int, str] | None = None,
    form: Mapping[str, str] | None = None,
) -> Callable[[Function], Function]:
    """Note at a handler what it takes and gives."""
    description = Description(body, answer, query or {}, media, errors or {}, form or {})

    def note(handler: Function) -> Function:
        setattr(handler, _NOTED, description)
        return handler

    return note


def description_of(handler: object) -> Description:
    """What was noted at a handler; an empty description when nothing was."""
    found = getattr(handler, _NOTED, None)
    return found if isinstance(found, Description) else Description()
