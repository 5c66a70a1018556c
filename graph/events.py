"""What a run tells the world, in order. Ids are those of the user's graph unless ``call`` says otherwise.

Started, Cached, then per call CallStarted, CallProgress*, CallFinished, and last one of Succeeded, Failed, Interrupted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Started:
    """The run began."""


@dataclass(frozen=True)
class Cached:
    """These calls of the user's graph need not run: their outputs are known."""

    calls: tuple[str, ...]


@dataclass(frozen=True)
class CallStarted:
    """``call`` runs now. ``shown``: the node of the user's graph it is drawn on; ``parent``: the call that made it."""

    call: str
    node_type: str
    shown: str = ""
    parent: str = ""


@dataclass(frozen=True)
class CallProgress:
    """``call`` has done ``done`` of ``total``. ``preview``: a picture, or a function that makes one, or None."""

    call: str
    done: float
    total: float
    preview: Any = None


@dataclass(frozen=True)
class CallFinished:
    """``call`` has its outputs. ``ui`` is what the editor shows on the node; ``cached`` calls did not run.

    ``seconds`` is filled in by the process that runs (the engine knows no clock), and so is ``memory_bytes``: how far
    memory rose at its peak above what was in use when the call began; None where nobody can say.
    """

    call: str
    shown: str = ""
    parent: str = ""
    ui: Mapping[str, Sequence[Any]] | None = None
    cached: bool = False
    seconds: float | None = None
    memory_bytes: int | None = None


@dataclass(frozen=True)
class Blocked:
    """A call was skipped because an ExecutionBlocker with a message reached it. The run goes on."""

    call: str
    node_type: str
    message: str


@dataclass(frozen=True)
class Succeeded:
    """Every wanted output is there."""


@dataclass(frozen=True)
class Failed:
    """A call raised; the run is over. ``traceback`` is cut to the node's own files."""

    call: str
    node_type: str
    message: str
    exception_type: str
    traceback: tuple[str, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)
    executed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Interrupted:
    """The user stopped the run while ``call`` was at work."""

    call: str = ""
    node_type: str = ""
    executed: tuple[str, ...] = ()


Event = Started | Cached | CallStarted | CallProgress | CallFinished | Blocked | Succeeded | Failed | Interrupted
