"""Lazy inputs: evaluated only when the node asks."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import pytest

from graph.events import Failed
from graph.node import Needs, Slot, node
from graph.spec import Port, Toggle
from tests.graph.samples import NUMBER, Bench, bench, prompt, shown, started

LAZY = Annotated[Any, Port("NUMBER"), Slot(lazy=True)]
Picks = Annotated[bool, Toggle()]


def wanted(on: Any, yes: Any, no: Any) -> list[str]:
    name, value = ("yes", yes) if on else ("no", no)
    return [name] if value is None else []


async def wanted_later(on: Any, yes: Any, no: Any) -> list[str]:
    await asyncio.sleep(0)
    return wanted(on, yes, no)


@node("Switch", category="t", needs=wanted)
def switch(*, on: Picks, yes: LAZY = None, no: LAZY = None) -> NUMBER:
    """One of two."""
    return yes if on else no


@node("SwitchLater", category="t", needs=wanted_later)
def switch_later(*, on: Picks, yes: LAZY = None, no: LAZY = None) -> NUMBER:
    """One of two, after some thought."""
    return yes if on else no


@node("Answers", category="t")
def answers(*, on: Picks, yes: LAZY = None, no: LAZY = None) -> NUMBER | Needs:
    """One of two, asked for by its answer."""
    missing = wanted(on, yes, no)
    return Needs(tuple(missing)) if missing else (yes if on else no)


def table() -> Bench:
    return bench(switch, switch_later, answers)


def pick(name: str, on: Any) -> Any:
    return prompt(
        a=("Number", {"value": 1}),
        b=("Number", {"value": 2}),
        s=(name, {"on": on, "yes": ["a", 0], "no": ["b", 0]}),
        out=("Show", {"value": ["s", 0]}),
    )


@pytest.mark.parametrize("name", ["Switch", "SwitchLater", "Answers"])
@pytest.mark.parametrize(("on", "ran", "value"), [(True, "a", 1), (False, "b", 2)])
def test_links_of_lazy_inputs_do_not_pull_ancestors_until_asked(name: str, on: bool, ran: str, value: int) -> None:
    events = table().run(pick(name, on))
    assert (sorted(started(events)), shown(events)) == (sorted(["s", ran, "out"]), {"out": {"text": [value]}})


def test_a_plan_does_not_say_that_lazy_ancestors_run() -> None:
    plan = table().plan(pick("Switch", True))
    assert (plan.runs, plan.why("a")) == (("s", "out"), "Nothing that runs needs it, or only if it asks.")


def test_a_value_that_is_there_already_is_not_asked_for() -> None:
    data = {**pick("Switch", True), **prompt(first=("Show", {"value": ["a", 0]}))}
    t = table()
    t.run(data)
    assert t.ran.count("Number 1") == 1


def test_the_result_is_cached_under_all_of_its_inputs_asked_for_or_not() -> None:
    t = table()
    t.run(pick("Switch", True))
    again = t.plan(pick("Switch", True)).runs
    other = {**pick("Switch", True), **prompt(b=("Number", {"value": 3}))}
    assert (again, t.plan(other).runs) == ((), ("s", "out"))


def test_the_node_is_asked_again_until_nothing_new_is_wanted() -> None:
    asked: list[Any] = []

    def both(yes: Any, no: Any) -> list[str]:
        asked.append((yes, no))
        return ["yes", "no"] if yes is not None else ["yes"]

    @node("Slow", category="t", needs=both)
    def slow(*, yes: LAZY, no: LAZY) -> NUMBER:
        """Wants one after the other."""
        return yes + no

    data = prompt(a=("Number", {"value": 1}), b=("Number", {"value": 2}), s=("Slow", {"yes": ["a", 0], "no": ["b", 0]}))
    events = bench(slow).run({**data, **prompt(out=("Show", {"value": ["s", 0]}))})
    assert (asked, started(events)) == ([(None, None), (1, None)], ["s", "a", "b", "out"])


def test_needs_of_mapped_calls_are_joined() -> None:
    data = {
        **pick("Switch", ["n", 0]),
        **prompt(n=("Numbers", {"count": 2})),
    }
    events = table().run(data)
    assert (shown(events), {"a", "b"} <= set(started(events))) == ({"out": {"text": [2, 1]}}, True)


def test_a_node_that_takes_lists_sees_unevaluated_inputs_as_lists_of_none() -> None:
    seen: list[Any] = []

    def look(x: Any) -> list[str]:
        seen.append(x)
        return ["x"]

    @node("All", category="t", takes_lists=True, output=True, needs=look)
    def everything(*, x: LAZY) -> None:
        """Takes a list."""
        seen.append(x)

    bench(everything).run(prompt(n=("Numbers", {"count": 2}), e=("All", {"x": ["n", 0]})))
    assert seen == [[None], [0, 1]]


def test_answers_that_are_no_list_and_names_that_are_known_count_as_nothing() -> None:
    @node("Odd", category="t", output=True, needs=lambda x: "x" if x else None)
    def odd(*, x: LAZY = None) -> None:
        """Asks in a strange way."""

    events = bench(odd).run(prompt(a=("Number", {"value": 1}), o=("Odd", {"x": ["a", 0]})))
    assert started(events) == ["o"]


@pytest.mark.parametrize("names", [("gone",), ("x", "gone")])
def test_asking_for_a_missing_input_fails_and_names_it(names: tuple[str, ...]) -> None:
    @node("Asks", category="t", output=True)
    def asks(*, x: LAZY = None) -> Needs:
        """Asks for what is not there."""
        return Needs(names)

    last = bench(asks).run(prompt(a=("Number", {"value": 1}), o=("Asks", {"x": ["a", 0]})))[-1]
    assert isinstance(last, Failed)
    assert last.message == "Asks asks for its input gone, which is neither set nor linked."


def test_asking_for_ever_for_what_is_there_fails_instead_of_hanging() -> None:
    @node("Nags", category="t", output=True)
    def nags(*, x: LAZY = None) -> Needs:
        """Never content."""
        return Needs(("x",))

    last = bench(nags).run(prompt(a=("Number", {"value": 1}), o=("Nags", {"x": ["a", 0]})))[-1]
    assert isinstance(last, Failed)
    assert last.message == "Nags keeps asking for inputs that it has: x."


def test_a_failing_wish_is_the_nodes_failure() -> None:
    def broken() -> list[str]:
        raise RuntimeError("no idea")

    @node("Broken", category="t", output=True, needs=broken)
    def lost(*, x: LAZY = None) -> None:
        """Cannot say."""

    last = bench(lost).run(prompt(a=("Number", {"value": 1}), o=("Broken", {"x": ["a", 0]})))[-1]
    assert isinstance(last, Failed)
    assert (last.call, last.message) == ("o", "no idea")
