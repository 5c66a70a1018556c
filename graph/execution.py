"""Execution: the state of one run and how calls move it on. Whose thread does it is the business of ``graph.crew``."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graph.answers import Sorted, sort_answers
from graph.blocker import ExecutionBlocker
from graph.cache import Cache, Entry
from graph.calling import Answers, Item, call_node
from graph.document import Link, NodeCall
from graph.errors import Cancelled, NodeFailed
from graph.events import Blocked, CallFinished, CallStarted, Failed, Interrupted, Succeeded
from graph.expand import link_sources
from graph.failure import describe_cycle, describe_failure
from graph.growth import Growth
from graph.inputs import gather_inputs, read_slot
from graph.mapping import find_blocker, make_items, merge_outputs, merge_ui
from graph.node import Needs, Node
from graph.plan import Plan
from graph.run import Run, current_call, current_item
from graph.schedule import Lane, Schedule

# A node's own code may raise anything; only KeyboardInterrupt is never its own.
_NODE_ERRORS: Final = (Exception, SystemExit, Cancelled)

Outcome = Succeeded | Failed | Interrupted


@dataclass(slots=True)
class _Work:
    """A call at work: what it was given and what came of it. ``began`` is None where there is no clock."""

    call: NodeCall
    inputs: Mapping[str, Any] = field(default_factory=dict)
    began: float | None = None
    sorted: Sorted = field(default_factory=Sorted)


class Execution:
    """One run, from its first call to its outcome.

    State: the schedule; the live graph as it has ``grown``; calls that were told of as started; calls that wait for
    their expansion; the outcome, once there is one. Invariant: schedule, live graph and outcome change only under
    ``_changed``, on which threads wait for calls to become ready, and no node is called under it.
    """

    def __init__(self, plan: Plan, nodes: Mapping[str, Node], cache: Cache, run: Run) -> None:
        self.outcome: Outcome | None = None
        self.run = run
        self._user_calls = plan.keys.keys()
        self._grown = Growth(plan, nodes, run)
        self._live = self._grown.live
        self._cache = cache
        self._schedule = Schedule(self._grown.step_of, self._find_known)
        self._started: set[str] = set()
        self._expanded: dict[str, _Work] = {}
        self._executed: list[str] = []
        self._changed = threading.Condition()
        self._schedule.require(plan.outputs)

    def count_ready(self, *lanes: Lane) -> int:
        """How many calls of these lanes could be taken now."""
        return sum(self._schedule.count_ready(lane) for lane in lanes)

    def take(self, lanes: Iterable[Lane] = Lane) -> str | None:
        """The next call of these lanes, waiting for one if need be. None: the run has its outcome."""
        with self._changed:
            while self.outcome is None:
                if self._schedule.is_over():
                    self._end(Succeeded())
                elif self.run.is_cancelled:
                    self._end(self._interrupt(next(iter(self._schedule.running), "")))
                elif (call := self._schedule.next(lanes)) is not None:
                    return call
                elif self._schedule.is_stuck():
                    self._end(describe_cycle(self._schedule.waited_for(), self._expanded, self._live, self._executed))
                else:
                    self._changed.wait()
            return None

    def wake(self) -> None:
        """Have whoever waits look again: the run was cancelled."""
        with self._changed:
            self._changed.notify_all()

    def abandon(self) -> None:
        """End the run without an outcome of its own: the engine failed."""
        with self._changed:
            self._end(Interrupted())

    def begin(self, call_id: str) -> Coroutine[Any, Any, None] | None:
        """Run a call that was taken. If its node is async, the rest of it is the coroutine that this returns."""
        current_call.set(call_id)
        current_item.set(0)
        if call_id in self._expanded:
            self._finish_expanded(self._expanded.pop(call_id))
            return None
        work = _Work(self._live.calls[call_id])
        try:
            answers = self._call(work)
        except _NODE_ERRORS as error:  # the border to a node's code
            self._fail(work, error)
            return None
        if not isinstance(answers, list):
            return self._settle_later(work, answers)
        self._settle(work, answers)
        return None

    def _call(self, work: _Work) -> Answers | Coroutine[Any, Any, Answers]:
        node_type = self._grown.type_of(work.call)
        takes_lists = node_type.node.spec.takes_lists
        gathered = gather_inputs(work.call, node_type, self._schedule.outputs, self._live, self.run)
        work.inputs = gathered.inputs
        items: list[Item] = [
            find_blocker(item, takes_lists) or item for item in make_items(gathered.inputs, takes_lists)
        ]
        if any(type(item) is not ExecutionBlocker for item in items):
            self._tell_started(work.call)
        work.began = self.run.clock() if self.run.clock is not None else None
        return call_node(node_type.node, items, gathered.unevaluated, self.run)

    async def _settle_later(self, work: _Work, coming: Coroutine[Any, Any, Answers]) -> None:
        try:
            answers = await coming
        except (*_NODE_ERRORS, asyncio.CancelledError) as error:  # the border to a node's code
            self._fail(work, error)
        else:
            self._settle(work, answers)

    def _settle(self, work: _Work, answers: Answers) -> None:
        """Take in what a call answered: it waits for more, becomes its expansion, or is finished."""
        call = work.call
        spec = self._grown.type_of(call).node.spec
        try:
            found = sort_answers(call, spec, answers, lambda i, answer: self._grown.read_expansion(call, i, answer))
            work.sorted = found
            if found.needs is not None:
                self._wait(call, found.needs)
            elif found.expansions:
                self._graft(work)
            else:
                self._finish(work, found.results)
        except NodeFailed as error:
            self._fail(work, error)

    def _wait(self, call: NodeCall, needs: Needs) -> None:
        """Have the inputs evaluated that the call asks for; then it is called again."""
        for name in needs.names:
            if name not in call.inputs:
                message = f"{call.node_type} asks for its input {name}, which is neither set nor linked."
                raise NodeFailed(call.id, call.node_type, message)
        links = [call.inputs[name] for name in needs.names]
        with self._changed:
            wanted = {link.call: None for link in links if type(link) is Link}
            new = [source for source in wanted if source not in self._schedule.outputs]
            if not new:
                message = f"{call.node_type} keeps asking for inputs that it has: {', '.join(needs.names)}."
                raise NodeFailed(call.id, call.node_type, message)
            self._schedule.wait(call.id, new)
            self._changed.notify_all()

    def _graft(self, work: _Work) -> None:
        self._expanded[work.call.id] = work
        addition = self._grown.prepare(work.call.id, work.sorted.expansions)
        sources = link_sources([value for result in work.sorted.results for value in result])
        with self._changed:
            self._grown.add(addition)
            self._schedule.require(addition.outputs)
            self._schedule.wait(work.call.id, sources)
            self._changed.notify_all()

    def _finish_expanded(self, work: _Work) -> None:
        """The links among an expansion's outputs lead to done calls now: put in what they carry."""
        done = self._schedule.outputs
        try:
            results = [
                [read_slot(v, done, self._live) if type(v) is Link else v for v in result]
                for result in work.sorted.results
            ]
        except NodeFailed as error:
            self._fail(work, error)
        else:
            self._finish(work, results)

    def _finish(self, work: _Work, results: Sequence[Sequence[Any]]) -> None:
        call = work.call.id
        outputs = merge_outputs(self._grown.type_of(work.call).node.spec, results)
        ui = merge_ui(work.sorted.uis)
        seconds = self.run.clock() - work.began if self.run.clock is not None and work.began is not None else None
        key = self._grown.keys.get(call)
        if key is not None and not work.sorted.is_blocked:
            self._cache.put(key, Entry(outputs, ui, seconds or 0.0))
        with self._changed:
            for message in work.sorted.messages[:1]:
                self.run.emit(Blocked(self._live.root(call), work.call.node_type, message))
            if call in self._started:
                shown, parent = self._live.shown_on(call), self._live.parent(call)
                self.run.emit(CallFinished(call, shown, parent, ui, seconds=seconds))
                self._executed += [] if parent else [call]
            self._schedule.finish(call, outputs)
            self._changed.notify_all()

    def _fail(self, work: _Work, error: BaseException) -> None:
        call, node_type = work.call.id, work.call.node_type
        if isinstance(error, NodeFailed):
            call, node_type = error.call, error.node_type
        with self._changed:
            self._schedule.running.discard(work.call.id)
            if isinstance(error, Cancelled):
                self._end(self._interrupt(call))
            else:
                self._end(describe_failure(error, self._live.root(call), node_type, work.inputs, self._executed))

    def _end(self, outcome: Outcome) -> None:
        """The first outcome counts."""
        self.outcome = self.outcome or outcome
        self._changed.notify_all()

    def _interrupt(self, call: str) -> Interrupted:
        node_type = self._live.calls[call].node_type if call else ""
        return Interrupted(self._live.root(call), node_type, tuple(self._executed))

    def _tell_started(self, call: NodeCall) -> None:
        if call.id not in self._started:
            self._started.add(call.id)
            shown, parent = self._live.shown_on(call.id), self._live.parent(call.id)
            self.run.emit(CallStarted(call.id, call.node_type, shown, parent))

    def _find_known(self, call: str) -> tuple[Any, ...] | None:
        """A call's outputs, if the cache has them. (What the user's own cached calls show was told at the start.)"""
        key = self._grown.keys.get(call)
        entry = self._cache.get(key) if key is not None else None
        if entry is None:
            return None
        if entry.ui is not None and call not in self._user_calls:
            shown, parent = self._live.shown_on(call), self._live.parent(call)
            self.run.emit(CallFinished(call, shown, parent, entry.ui, cached=True))
        return entry.outputs
