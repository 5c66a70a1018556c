"""Which calls wait, which are ready, which are done, while a run goes on. Knows no node and runs nothing.

A call enters by ``require`` and is *waiting* until its sources are done, then *ready* until ``next`` takes it, then
running until ``finish``, or until ``wait`` puts it back among the waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

Outputs = tuple[Any, ...]


class Lane(IntEnum):
    """Where a call can run: anywhere and at once (it is only started), on the device, or beside it."""

    ASYNC = 0
    DEVICE = 1
    BESIDE = 2


@dataclass(frozen=True, slots=True)
class Step:
    """A call as the schedule sees it: what it reads, what of that it needs to start, and how it is to be run.

    first: it is to run before others of its lane that are ready (outputs).
    """

    sources: Sequence[str]
    eager: Sequence[str]
    first: bool = False
    lane: Lane = Lane.DEVICE


class Schedule:
    """The state of a run.

    done: calls that have (or had) outputs. outputs: of done calls, as long as a required call that is not done reads
    them. Invariant: a required call is in one of waiting, ready, running, done; a waiting call's number is how many of
    the calls it waits for are not done; ``_open`` counts the calls that are not done.

    ``step_of`` describes a call when it is first required; ``known`` gives the outputs of one that need not run.
    """

    def __init__(self, step_of: Callable[[str], Step], known: Callable[[str], Outputs | None]) -> None:
        self.outputs: dict[str, Outputs] = {}
        self.done: set[str] = set()
        self.running: set[str] = set()
        self.waiting: dict[str, int] = {}
        self._step_of = step_of
        self._known = known
        self._open = 0
        self._ready = [_Ready() for _ in Lane]
        self._required: set[str] = set()
        self._steps: dict[str, Step] = {}
        self._waiters: dict[str, list[str]] = {}
        self._holds: dict[str, list[str]] = {}
        self._holders: dict[str, int] = {}

    def require(self, calls: Iterable[str]) -> None:
        """Have these calls run, and what they need first. Those with known outputs are done at once."""
        stack = list(calls)  # the last is found first, so becomes ready first, so is taken last
        known: list[str] = []
        while stack:
            call = stack.pop()
            if call in self._required and not (call in self.done and call not in self.outputs):
                continue
            self.done.discard(call)
            self._required.add(call)
            outputs = self._known(call)
            if outputs is not None:
                self.outputs[call] = outputs
                self._complete(call)
                known.append(call)
                continue
            step = self._steps[call] = self._step_of(call)
            self._open += 1
            self._hold(call, step.sources)
            stack += step.eager
            self._wait_for(call, step.eager)
        for call in known:
            self._drop_unread(call)

    def next(self, lanes: Iterable[Lane] = Lane) -> str | None:
        """The call to run now, from the first of the lanes that has one: outputs first, else what became ready last."""
        for lane in lanes:
            call = self._ready[lane].pop()
            if call is not None:
                self.running.add(call)
                return call
        return None

    def count_ready(self, lane: Lane) -> int:
        """How many calls of that lane are ready."""
        return len(self._ready[lane])

    def finish(self, call: str, outputs: Outputs) -> list[str]:
        """The call is done. What waited for it may become ready; returns the calls whose outputs nobody reads now."""
        self.running.discard(call)
        self._open -= 1
        self.outputs[call] = outputs
        self._complete(call)
        dropped = [call] if self._drop_unread(call) else []
        for source in self._holds.pop(call, ()):
            self._holders[source] -= 1
            if self._drop_unread(source):
                dropped.append(source)
        return dropped

    def wait(self, call: str, sources: Sequence[str]) -> None:
        """The running call has to wait for these too; it becomes ready again when they are done."""
        self.running.discard(call)
        self._hold(call, [s for s in sources if s not in self._holds.get(call, ())])
        self.require(sources)
        self._wait_for(call, sources)

    def is_stuck(self) -> bool:
        """Whether calls wait that nothing will ever make ready: a cycle."""
        return 0 < self._open == len(self.waiting)

    def is_over(self) -> bool:
        """Whether every required call is done."""
        return self._open == 0

    def waited_for(self) -> dict[str, list[str]]:
        """For each waiting call the calls it waits for."""
        found: dict[str, list[str]] = {call: [] for call in self.waiting}
        for source, waiters in self._waiters.items():
            for call in waiters:
                found[call].append(source)
        return found

    def _wait_for(self, call: str, sources: Sequence[str]) -> None:
        missing = 0
        for source in sources:
            if source not in self.done or source not in self.outputs:
                self._waiters.setdefault(source, []).append(call)
                missing += 1
        if missing:
            self.waiting[call] = missing
        else:
            self._make_ready(call)

    def _complete(self, call: str) -> None:
        self.done.add(call)
        for waiter in self._waiters.pop(call, ()):
            self.waiting[waiter] -= 1
            if not self.waiting[waiter]:
                del self.waiting[waiter]
                self._make_ready(waiter)

    def _make_ready(self, call: str) -> None:
        step = self._steps[call]
        self._ready[step.lane].push(call, step.first)

    def _hold(self, call: str, sources: Sequence[str]) -> None:
        self._holds.setdefault(call, []).extend(sources)
        for source in sources:
            self._holders[source] = self._holders.get(source, 0) + 1

    def _drop_unread(self, call: str) -> bool:
        if self._holders.get(call) or call not in self.outputs:
            return False
        del self.outputs[call]
        return True


class _Ready:
    """Ready calls: two stacks, of which the first is emptied before the second."""

    def __init__(self) -> None:
        self._first: list[str] = []
        self._other: list[str] = []

    def __len__(self) -> int:
        return len(self._first) + len(self._other)

    def push(self, call: str, first: bool) -> None:
        (self._first if first else self._other).append(call)

    def pop(self) -> str | None:
        stack = self._first or self._other
        return stack.pop() if stack else None
