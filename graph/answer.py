"""What a call answers: its outputs, a wish for more inputs, or a subgraph that stands for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Done(Generic[T]):
    """A call's result: outputs in declared order, and what the editor shows on the node (``ui``)."""

    outputs: T | tuple[Any, ...] = ()
    ui: Mapping[str, Sequence[Any]] | None = None


@dataclass(frozen=True)
class Needs:
    """The call cannot go on before these lazy inputs are evaluated."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Expand(Generic[T]):
    """The call stands for a subgraph (API JSON). ``outputs`` hold values, or links ``[id, slot]`` into the subgraph."""

    subgraph: Mapping[str, Mapping[str, Any]]
    outputs: tuple[Any, ...] = ()
    ui: Mapping[str, Sequence[Any]] | None = None


Answer = Done[Any] | Needs | Expand[Any]


def as_answer(value: Any) -> Answer:
    """What a typed function returned, as an Answer: one value is one output, a NamedTuple several, None none."""
    match value:
        case Done(outputs=tuple()) | Needs() | Expand():
            return value
        case Done(outputs=outputs, ui=ui):
            return Done((outputs,), ui)
        case None:
            return Done(())
        case tuple() if hasattr(value, "_fields"):
            return Done(tuple(value))
        case _:
            return Done((value,))
