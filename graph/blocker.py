"""A value that stops what hangs on it, without failing the run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ExecutionBlocker:
    """Given as an output: calls that would read it are skipped and block what reads them in turn.

    With a ``message`` the first call skipped reports it; without one the skipping is silent.
    """

    message: str | None = None
