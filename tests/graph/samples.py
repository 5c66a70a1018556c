"""Small node types and the way to run them: a graph in, its events out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from graph.cache import Cache, LruCache
from graph.catalog import Catalog
from graph.document import parse_prompt
from graph.events import CallFinished, CallStarted, Event
from graph.execute import execute
from graph.fingerprints import Outside
from graph.node import Done, Node, Slot, node, node_of
from graph.plan import Plan, make_plan
from graph.run import Run
from graph.spec import ANY, Choice, Float, Int, Port, Text, Toggle

NUMBER = Annotated[Any, Port("NUMBER")]
ANYTHING = Annotated[Any, Port(ANY)]


class Ran(list[str]):
    """What ran, in order; nodes of the samples write it down."""


@node("Number", category="t")
def number(*, value: Annotated[int, Int(0, 100)] = 0, ran: Ran) -> NUMBER:
    """A number."""
    ran.append(f"Number {value}")
    return value


@node("Add", category="t", display_name="Add numbers", synonyms=("plus",))
def add(*, a: NUMBER, b: NUMBER = None, more: Annotated[int, Int()] = 0, ran: Ran) -> NUMBER:
    """The sum."""
    ran.append("Add")
    return int(a) + int(b or 0) + more


@node("Show", category="t", output=True)
def show(*, value: ANYTHING, ran: Ran) -> Done[None]:
    """Shows a value."""
    ran.append(f"Show {value}")
    return Done((), {"text": [value]})


@node("Numbers", category="t")
def numbers(*, count: Annotated[int, Int(0, 10)] = 3) -> Annotated[list[int], Port("NUMBER"), Slot(is_list=True)]:
    """0, 1, 2 ... as a list of values."""
    return list(range(count))


@node("Total", category="t", takes_lists=True)
def total(*, values: ANYTHING, plus: Annotated[Any, Int()] = 0) -> NUMBER:
    """The sum of a whole list."""
    return sum(values) + plus[0]


@node("Fail", category="t")
def fail(*, value: ANYTHING) -> NUMBER:
    """Raises."""
    raise ValueError(f"cannot take {value}")


@node("Sampler", category="t")
def sampler(
    *,
    model: Annotated[Any, Port("MODEL")],
    steps: Annotated[int, Int(1, 10_000)] = 20,
    cfg: Annotated[float, Float(0.0, 100.0)] = 8.0,
    name: Annotated[str, Choice(("euler", "heun"))] = "euler",
    text: Annotated[str, Text()] = "",
    tiled: Annotated[bool, Toggle()] = False,
    mask: Annotated[Any, Port("MASK")] = None,
) -> Annotated[Any, Port("LATENT")]:
    """Takes one of every kind."""
    return (model, steps, cfg, name, text, tiled, mask)


@node("Loader", category="t")
def loader(*, file: Annotated[str, Choice(folder="models")]) -> Annotated[Any, Port("MODEL")]:
    """A model of a file."""
    return file


FUNCTIONS: tuple[Any, ...] = (number, add, show, numbers, total, fail, sampler, loader)
SAMPLES: dict[str, Node] = {n.spec.name: n for n in map(node_of, FUNCTIONS)}
CATALOG = Catalog(n.spec for n in SAMPLES.values())

Prompt = Mapping[str, Mapping[str, Any]]


def prompt(**calls: tuple[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """API JSON; ``prompt(a=("Number", {"value": 1}))``."""
    return {call: {"class_type": name, "inputs": dict(inputs)} for call, (name, inputs) in calls.items()}


@dataclass
class Bench:
    """Runs prompts against one cache and remembers what ran."""

    nodes: Mapping[str, Node] = field(default_factory=lambda: SAMPLES)
    cache: Cache = field(default_factory=lambda: LruCache(10_000))
    outside: Outside | None = None
    ran: Ran = field(default_factory=Ran)
    extra: Mapping[str, Any] = field(default_factory=dict)
    clock: Callable[[], float] | None = None

    def plan(self, data: Prompt, outputs: Sequence[str] | None = None) -> Plan:
        return make_plan(parse_prompt(data), self.nodes, outputs, self.cache, self.outside)

    def open_run(self, emit: Callable[[Event], None], data: Prompt | None = None) -> Run:
        return Run("run", emit=emit, services={Ran: self.ran}, prompt=data, extra=self.extra, clock=self.clock)

    def run(self, data: Prompt, outputs: Sequence[str] | None = None) -> list[Event]:
        """The events of one run."""
        return asyncio.run(self.run_async(data, outputs))

    async def run_async(self, data: Prompt, outputs: Sequence[str] | None = None) -> list[Event]:
        events: list[Event] = []
        plan = self.plan(data, outputs)
        await execute(plan, self.nodes, self.cache, self.open_run(events.append, data))
        return events


def bench(*functions: Any, **options: Any) -> Bench:
    """A bench with more node types than the samples."""
    return Bench({**SAMPLES, **{n.spec.name: n for n in map(node_of, functions)}}, **options)


def shown(events: Sequence[Event]) -> dict[str, Any]:
    """What each call shows, by id."""
    return {e.call: e.ui for e in events if isinstance(e, CallFinished) and e.ui is not None}


def started(events: Sequence[Event]) -> list[str]:
    """The calls that ran, in order."""
    return [e.call for e in events if isinstance(e, CallStarted)]
