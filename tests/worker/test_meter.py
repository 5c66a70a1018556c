"""The meter: memory is told for calls that had it to themselves."""

from __future__ import annotations

import pytest

from graph.events import CallFinished, CallStarted
from worker.meter import Meter, open_process_gauge


class Scripted:
    """Memory that is in use when a call begins, and at its peak, in the order in which they are asked for."""

    def __init__(self, *bytes_in_use: int) -> None:
        self._told = iter(bytes_in_use)

    def begin(self) -> int:
        return next(self._told)

    def peak(self) -> int:
        return next(self._told)


def finish(meter: Meter, call: str, seconds: float = 1.0) -> int | None:
    ended = meter.see(CallFinished(call, seconds=seconds))
    assert isinstance(ended, CallFinished)
    return ended.memory_bytes


def test_a_call_is_told_what_it_added_at_its_peak() -> None:
    meter = Meter(Scripted(100, 700, 300, 250))
    meter.see(CallStarted("1", "Load"))
    first = finish(meter, "1")
    meter.see(CallStarted("2", "Free"))
    assert (first, finish(meter, "2")) == (600, 0)


def test_of_calls_that_ran_beside_each_other_nothing_is_told() -> None:
    meter = Meter(Scripted(100, 200, 500))
    meter.see(CallStarted("1", "Load"))
    meter.see(CallStarted("2", "Wait"))
    beside = (finish(meter, "1"), finish(meter, "2"))
    meter.see(CallStarted("3", "Load"))
    assert (*beside, finish(meter, "3")) == (None, None, 300)


def test_a_call_that_waits_for_what_it_expanded_into_does_not_hide_its_memory() -> None:
    meter = Meter(Scripted(100, 200, 900))
    meter.see(CallStarted("1", "Expand"))
    meter.see(CallStarted("1.0.a", "Load", "1", "1"))
    assert (finish(meter, "1.0.a"), finish(meter, "1")) == (700, None)


def test_what_ends_at_once_or_did_not_run_is_not_measured() -> None:
    meter = Meter(Scripted(100, 100))
    meter.see(CallStarted("1", "Number"))
    meter.see(CallStarted("2", "Number"))
    cached = meter.see(CallFinished("3", cached=True))
    assert (finish(meter, "1", 0.0001), cached) == (None, CallFinished("3", cached=True))


def test_the_gauge_of_this_process_sees_memory_that_was_given_back_already() -> None:
    gauge = open_process_gauge()
    if gauge is None:
        pytest.skip("this system keeps no peak that can be restarted")
    began = gauge.begin()
    held = b"x" * 80_000_000
    del held
    assert 70_000_000 < gauge.peak() - began < 120_000_000
