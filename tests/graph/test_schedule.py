"""The states of calls while a run goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.schedule import Lane, Schedule, Step


def schedule(known: Mapping[str, tuple[Any, ...]] | None = None, /, **calls: Step | str) -> Schedule:
    """``schedule(a="", b="a", c="a b")``: what each call reads."""
    steps = {call: s if isinstance(s, Step) else Step(s.split(), s.split()) for call, s in calls.items()}
    return Schedule(steps.__getitem__, (known or {}).get)


def run_all(s: Schedule) -> list[str]:
    order = []
    while (call := s.next()) is not None:
        order.append(call)
        s.finish(call, (call,))
    return order


def test_a_call_is_ready_when_all_it_reads_is_done() -> None:
    s = schedule(a="", b="", c="a b")
    s.require(["c"])
    first = [s.next(), s.next(), s.next()]
    s.finish("a", (1,))
    half = s.next()
    s.finish("b", (2,))
    assert (first, half, s.next(), s.outputs) == (["a", "b", None], None, "c", {"a": (1,), "b": (2,)})


def test_only_what_is_required_runs() -> None:
    s = schedule(a="", b="a", other="a")
    s.require(["b"])
    assert (run_all(s), s.is_over()) == (["a", "b"], True)


def test_what_became_ready_last_runs_next_so_that_little_is_held() -> None:
    s = schedule(a1="", a2="a1", b1="", b2="b1", end="a2 b2")
    s.require(["end"])
    assert run_all(s) == ["a1", "a2", "b1", "b2", "end"]


def test_outputs_run_before_other_calls_that_are_ready() -> None:
    s = schedule(a="", b="a", out=Step(["a"], ["a"], first=True), end="b")
    s.require(["end", "out"])
    assert run_all(s) == ["a", "out", "b", "end"]


def test_async_calls_are_started_before_the_device_is_taken() -> None:
    s = schedule(a="", d="a", wait=Step(["a"], ["a"], lane=Lane.ASYNC), side=Step(["a"], ["a"], lane=Lane.BESIDE))
    s.require(["d", "wait", "side"])
    assert run_all(s) == ["a", "wait", "d", "side"]


def test_a_value_is_dropped_after_its_last_reader() -> None:
    s = schedule(a="", b="a", c="a", d="b c")
    s.require(["d"])
    held = []
    while (call := s.next()) is not None:
        dropped = s.finish(call, (call,))
        held.append((call, sorted(s.outputs), sorted(dropped)))
    assert held == [("a", ["a"], []), ("b", ["a", "b"], []), ("c", ["b", "c"], ["a"]), ("d", [], ["b", "c", "d"])]


def test_a_lazy_source_is_not_pulled_until_it_is_asked_for() -> None:
    s = schedule(a="", b="", pick=Step(["a", "b"], ["a"]), end="pick")
    s.require(["end"])
    before = [s.next(), s.next()]
    s.finish("a", (1,))
    assert s.next() == "pick"
    s.wait("pick", ["b"])
    asked = [s.next(), s.next()]
    s.finish("b", (2,))
    assert (before, asked, s.next(), s.outputs) == (["a", None], ["b", None], "pick", {"a": (1,), "b": (2,)})


def test_a_lazy_source_that_others_made_is_kept_for_who_may_still_ask() -> None:
    s = schedule(a="", b="", pick=Step(["a", "b"], ["a"]), other="b", end="pick other")
    s.require(["other", "end"])
    while "other" not in s.done:
        call = s.next()
        assert call is not None
        if call != "pick":
            s.finish(call, (call,))
    assert s.outputs["b"] == ("b",)


def test_known_outputs_are_done_at_once_and_spare_their_sources() -> None:
    s = schedule({"b": (7,)}, a="", b="a", c="b", d="c b")
    s.require(["d"])
    assert (s.outputs, s.next(), s.done) == ({"b": (7,)}, "c", {"b"})


def test_a_known_output_that_nobody_reads_is_not_held() -> None:
    s = schedule({"b": (7,)}, a="", b="a")
    s.require(["b"])
    assert (s.outputs, s.is_over()) == ({}, True)


def test_a_call_that_is_needed_again_after_its_value_was_dropped_runs_again() -> None:
    s = schedule(a="", b="a")
    s.require(["b"])
    run_all(s)
    s.require(["b"])
    assert run_all(s) == ["a", "b"]


def test_a_call_may_come_to_wait_for_calls_that_were_not_known_before() -> None:
    steps = {"a": Step([], []), "b": Step(["a"], ["a"])}
    s = Schedule(steps.__getitem__, lambda _: None)
    s.require(["b"])
    s.next()
    steps |= {"a.0": Step([], []), "a.1": Step(["a.0"], ["a.0"])}
    s.wait("a", ["a.1"])
    assert run_all(s) == ["a.0", "a.1", "a", "b"]


def test_calls_that_wait_for_each_other_are_stuck() -> None:
    s = schedule(a="b", b="a")
    s.require(["a"])
    assert (s.next(), s.is_stuck(), s.is_over(), s.waited_for()) == (None, True, False, {"a": ["b"], "b": ["a"]})
