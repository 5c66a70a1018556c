"""LiveRun: a running job as clients and history see it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec import Raw

from jobs import messages
from jobs.job import Job, Result, State
from jobs.messages import RunEvent
from jobs.store import now_ms

Message = tuple[str, Mapping[str, Any]]

# A snapshot repeats every call that has begun. Spacing them by their length bounds the traffic: 1000 calls a second.
_SNAPSHOT_S: Final = 0.05
_SNAPSHOT_S_PER_CALL: Final = 0.001
# What took less is not told: snapshots of a thousand small calls stay small.
_BRIEF_S: Final = 0.01
_REMEMBERED: Final = frozenset(
    {"execution_start", "execution_cached", "execution_success", "execution_error", "execution_interrupted"}
)


class LiveRun:
    """Turns a worker's events into the messages of the wire, and keeps what history will say.

    State: per call its place (shown, parent, root), progress and what it took; the calls at work; outputs not yet
    stored; the messages that history keeps; whether a snapshot of progress is owed. ``result`` is None until the run is
    over.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.result: Result | None = None
        self._at_work: dict[str, str] = {}
        self.cancelled_at = 0.0
        self.new_outputs: dict[str, bytes] = {}
        self._places: dict[str, dict[str, Any]] = {}
        self._progress: dict[str, tuple[float, float, str]] = {}
        self._meta: dict[str, dict[str, Any]] = {}
        self._took: dict[str, dict[str, float]] = {}
        self._kept: list[Message] = []
        self._owes_snapshot = False
        self._snapshot_at = 0.0

    def hear(self, event: RunEvent) -> Iterator[Message]:
        """The messages that an event becomes, in order."""
        for kind, data in self._translate(event):
            message = (kind, {"prompt_id": self.job.id, **data})
            if kind in _REMEMBERED:
                self._kept.append(message)
            yield message

    def snapshot(self, *, now: bool = False) -> Iterator[Message]:
        """The progress of all calls, if it changed and the last snapshot is long enough ago (or ``now``)."""
        at = time.monotonic()
        if self._owes_snapshot and (now or at >= self._snapshot_at):
            self._owes_snapshot = False
            self._snapshot_at = at + max(_SNAPSHOT_S, _SNAPSHOT_S_PER_CALL * len(self._progress))
            nodes = {
                call: {"value": done, "max": total, "state": state, **self.place(call), **self._took.get(call, {})}
                for call, (done, total, state) in self._progress.items()
            }
            yield "progress_state", {"prompt_id": self.job.id, "nodes": nodes}

    def progress(self) -> dict[str, dict[str, Any]]:
        """How far each call is that has begun: ``{value, max, state}``."""
        return {call: {"value": d, "max": m, "state": state} for call, (d, m, state) in self._progress.items()}

    @property
    def owes_snapshot_s(self) -> float | None:
        """Seconds until the owed snapshot is due; None when none is owed."""
        return max(0.0, self._snapshot_at - time.monotonic()) if self._owes_snapshot else None

    def began(self, call: str, node_type: str) -> None:
        """A call had begun, though its event never came."""
        self._at_work.pop(call, None)
        self._at_work[call] = node_type

    def place(self, call: str) -> dict[str, Any]:
        """Where a call belongs, in the words of a preview."""
        found = self._places.get(call) or self._learn(call, "", "")
        return {"node_id": call, "prompt_id": self.job.id, **found}

    def fail(self, message: str, exception_type: str) -> Iterator[Message]:
        """The run ends because its worker did."""
        call, node_type = self.call_at_work
        yield from self.hear(messages.Failed(call, node_type, message, exception_type))

    @property
    def call_at_work(self) -> tuple[str, str]:
        """The call that began last and has not finished, with its node type; two empty strings when there is none."""
        return next(reversed(self._at_work.items()), ("", ""))

    def _translate(self, event: RunEvent) -> Iterator[Message]:
        match event:
            case messages.Ran():
                yield "execution_start", {"timestamp": now_ms()}
            case messages.Cached(calls=calls):
                yield "execution_cached", {"nodes": calls, "timestamp": now_ms()}
            case messages.CallStarted():
                yield from self._start(event)
            case messages.CallProgress(call=call, done=done, total=total):
                self._set_progress(call, done, total, "running")
                yield from self.snapshot()
                yield "progress", {"value": done, "max": total, "node": call}
            case messages.CallFinished():
                yield from self._finish_call(event)
            case messages.Blocked(call=call, node_type=node_type, message=message):
                yield "execution_error", self._error(messages.Failed(call, node_type, message, "ExecutionBlocked"))
            case messages.Succeeded():
                yield from self.snapshot(now=True)
                yield "execution_success", {"timestamp": now_ms()}
                self._end(State.COMPLETED)
            case messages.Failed():
                if event.call in self._progress:
                    self._set_progress(event.call, *self._done(event.call), "error")
                yield from self.snapshot(now=True)
                yield "execution_error", self._error(event)
                self._end(State.FAILED)
            case messages.Interrupted(call=call, node_type=node_type, executed=executed):
                yield from self.snapshot(now=True)
                where = {"node_id": self._root(call), "node_type": node_type, "executed": executed}
                yield "execution_interrupted", {**where, "timestamp": now_ms()}
                self._end(State.CANCELLED)

    def _start(self, event: messages.CallStarted) -> Iterator[Message]:
        self._at_work[event.call] = event.node_type
        place = self._learn(event.call, event.shown, event.parent)
        self._set_progress(event.call, 0, 1, "running")
        yield from self.snapshot()
        yield "executing", {"node": event.call, "display_node": place["display_node_id"]}

    def _finish_call(self, event: messages.CallFinished) -> Iterator[Message]:
        call = event.call
        self._at_work.pop(call, None)
        place = self._places.get(call) or self._learn(call, event.shown, event.parent)
        if event.ui != messages.NOTHING:
            shown = place["display_node_id"]
            self.new_outputs[call] = bytes(event.ui)
            self._meta[call] = {
                "node_id": call,
                "display_node": shown,
                "parent_node": place["parent_node_id"],
                "real_node_id": place["real_node_id"],
            }
            yield "executed", {"node": call, "display_node": shown, "output": Raw(event.ui)}
        if event.seconds is not None and event.seconds >= _BRIEF_S:
            self._took[call] = took_by(event)
        if call in self._progress:
            total = self._done(call)[1]
            self._set_progress(call, total, total, "finished")
            yield from self.snapshot()

    def _learn(self, call: str, shown: str, parent: str) -> dict[str, Any]:
        place = {
            "display_node_id": shown or call,
            "parent_node_id": parent or None,
            "real_node_id": self._root(parent) if parent else call,
        }
        self._places[call] = place
        return place

    def _root(self, call: str) -> str:
        place = self._places.get(call)
        return str(place["real_node_id"]) if place else call

    def _set_progress(self, call: str, done: float, total: float, state: str) -> None:
        self._progress[call] = (done, total, state)
        self._owes_snapshot = True

    def _done(self, call: str) -> tuple[float, float]:
        done, total, _ = self._progress[call]
        return done, total

    def _error(self, event: messages.Failed) -> dict[str, Any]:
        return {
            "node_id": self._root(event.call),
            "node_type": event.node_type,
            "executed": event.executed,
            "exception_message": event.message,
            "exception_type": event.exception_type,
            "traceback": event.traceback,
            "current_inputs": {
                name: value if isinstance(value, list) else [value] for name, value in event.inputs.items()
            },
            "current_outputs": [],
            "timestamp": now_ms(),
        }

    def _end(self, state: State) -> None:
        self._at_work.clear()
        self.result = Result(state, msgspec.json.encode(self._kept), msgspec.json.encode(self._meta))


def took_by(event: messages.CallFinished) -> dict[str, float]:
    """What a call took, where it is known: seconds, and bytes of memory at its peak."""
    took = {"seconds": event.seconds and round(event.seconds, 4), "memory_bytes": event.memory_bytes}
    return {name: value for name, value in took.items() if value is not None}
