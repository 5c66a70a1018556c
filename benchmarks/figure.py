"""A figure: one measured number with the target that it has to reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any


@dataclass(frozen=True)
class Figure:
    """value and target in ``unit``. target: None where there is none to reach. more_is_better: a target from below."""

    name: str
    value: float
    unit: str
    target: float | None = None
    more_is_better: bool = False

    @property
    def is_reached(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.target is None:
            return None
        return self.value >= self.target if self.more_is_better else self.value <= self.target

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "is_reached": self.is_reached}


@dataclass(frozen=True)
class Plan:
    """What the measuring goes by. repeats: of each measurement, the median counts. steps: sampling steps.

    checkpoint: a Stable Diffusion 1.5 file in half precision; None = one with random weights is written first.
    """

    repeats: int = 5
    steps: int = 2
    checkpoint: Path | None = None


Measure = Callable[[Plan], Iterator[Figure]]


def to_line(figure: Figure) -> str:
    """The figure as a line of the table."""
    sign = ">=" if figure.more_is_better else "<="
    target = "" if figure.target is None else f"{sign} {_short(figure.target)} {figure.unit}"
    mark = {True: "reached", False: "MISSED", None: ""}[figure.is_reached]
    return f"{figure.name:<62} {_short(figure.value):>9} {figure.unit:<6} {target:<16} {mark}".rstrip()


def time_ms(act: Callable[[], object]) -> float:
    """How long it takes, in milliseconds."""
    began = perf_counter()
    act()
    return (perf_counter() - began) * 1000


def median_ms(act: Callable[[], object], repeats: int) -> float:
    """The median of so many times, in milliseconds."""
    return median(time_ms(act) for _ in range(repeats))


def in_turn(acts: Sequence[Callable[[], float]], repeats: int) -> list[float]:
    """The median of each act's own measure, taken A B A B, so that a busy moment does not fall on one alone."""
    rounds = [[act() for act in acts] for _ in range(repeats)]
    return [median(values) for values in zip(*rounds, strict=True)]


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
