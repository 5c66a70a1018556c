"""Run: one execution as a node sees it. Its one hook, ``progress``, reports and is where a run can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from typing import Any, TypeVar

from graph.errors import Cancelled
from graph.events import CallProgress, Event

S = TypeVar("S")

current_run: ContextVar[Run] = ContextVar("current_run")
current_call: ContextVar[str] = ContextVar("current_call", default="")
current_item: ContextVar[int] = ContextVar("current_item", default=0)
"""Which of the calls over a list this is; an expansion's ids are made with it."""


class Run:
    """One execution: where its events go, whether it was cancelled, and the services its nodes may ask for.

    State: the cancel flag (set once, by any thread, never cleared), who wants to be told of it, and the event sink.
    ``emit`` is called from every thread that runs nodes, for one event at a time save CallProgress. ``extra`` is what
    came with the prompt beside the graph (``extra_pnginfo``, preview method ...). ``clock`` tells seconds, for the
    cost of results; the engine has none of its own. ``around`` is entered by every thread that calls nodes.
    """

    def __init__(
        self,
        run_id: str,
        *,
        emit: Callable[[Event], None],
        services: Mapping[type, Any] | None = None,
        prompt: Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
        clock: Callable[[], float] | None = None,
        around: Callable[[], AbstractContextManager[Any]] = nullcontext,
    ) -> None:
        self.id = run_id
        self.emit = emit
        self.prompt = dict(prompt or {})
        self.extra = dict(extra or {})
        self.clock = clock
        self.around = around
        self._services = dict(services or {})
        self._cancelled = threading.Event()
        self._listeners: list[Callable[[], None]] = []

    def service(self, cls: type[S]) -> S:
        """The process's object of that class (files, memory ...); KeyError if this process offers none."""
        found: S = self._services[cls]
        return found

    def cancel(self) -> None:
        """Ask the run to stop at its next progress report or node border."""
        self._cancelled.set()
        for listener in self._listeners:
            listener()

    @property
    def is_cancelled(self) -> bool:
        """Whether the run was asked to stop."""
        return self._cancelled.is_set()

    def check_cancelled(self) -> None:
        """Raise Cancelled if the user asked the run to stop."""
        if self._cancelled.is_set():
            raise Cancelled

    def when_cancelled(self, listener: Callable[[], None]) -> None:
        """Have ``listener`` called, in the thread that cancels, once the run is asked to stop."""
        self._listeners.append(listener)

    def progress(self, done: float, total: float, preview: Any = None, *, call: str = "") -> None:
        """Report how far the current call is (``done`` of ``total``), with a preview picture if there is one.

        Raises Cancelled when the run was asked to stop. ``preview`` is a PIL image or a function that makes one; it
        is only called when a listener wants it.
        """
        self.check_cancelled()
        self.emit(CallProgress(call or current_call.get(), done, total, preview))
