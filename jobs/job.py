"""Job: a run as the queue sees it."""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass
from typing import Final

# A worker that dies takes the job with it; the second time the job itself is under suspicion.
MAX_ATTEMPTS: Final = 2


class State(enum.StrEnum):
    """Where a job is. The last three are final."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Job:
    """A graph to run, and how far it came.

    number: lower runs first. prompt: the graph as API JSON, encoded. extra: what came with it (``extra_pnginfo``
    ...), an encoded object. targets: the output calls to run. client: the websocket client that hears of it, or "".
    attempts: how often a worker began it. user: who sent it, where the server tells users apart; "" = nobody in
    particular.
    """

    id: str
    number: float
    prompt: bytes
    extra: bytes = b"{}"
    targets: tuple[str, ...] = ()
    client: str = ""
    state: State = State.PENDING
    attempts: int = 0
    created_ms: int = 0
    user: str = ""

    def is_of(self, user: str | None) -> bool:
        """Whether it is that user's; None: of anybody."""
        return user is None or self.user == user

    @property
    def may_run_again(self) -> bool:
        """Whether a worker's death during this attempt leaves another one."""
        return self.attempts < MAX_ATTEMPTS

    def started(self) -> Job:
        """The job as a worker begins it."""
        return dataclasses.replace(self, state=State.RUNNING, attempts=self.attempts + 1)

    def requeued(self, *, forgive: bool = False) -> Job:
        """The job back in the queue; ``forgive`` does not count the attempt (the server stopped in good order)."""
        return dataclasses.replace(self, state=State.PENDING, attempts=self.attempts - forgive)


@dataclass(frozen=True)
class Result:
    """How a job ended and what history keeps of it beside its outputs.

    meta: call -> where its output is drawn, encoded. messages: ``[[event, data] ...]``, encoded.
    """

    state: State
    messages: bytes = b"[]"
    meta: bytes = b"{}"
