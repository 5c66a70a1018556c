"""What a run tells its server: the engine's events as messages, thinned out where a person could not follow anyway."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from graph import events
from jobs import messages
from jobs.messages import Events, RunEvent
from jobs.wire import pack

# Between two progress reports of one call. A node may report thousands a second; the screen shows twenty.
PROGRESS_S: Final = 0.05
_SHOWN_INPUT: Final = 1000

Offer = Callable[[str, Any], None]


class Reporter:
    """Collects one job's events until the link's writer fetches them.

    State: events to send; per call the time of its last progress sent, and the progress held back since. Invariant: a
    call's latest progress leaves before the call's end does, and within two intervals even if the call falls silent.
    """

    def __init__(self, job: str, wake: Callable[[], None], offer_preview: Offer | None = None) -> None:
        self._job = job
        self._wake = wake
        self._offer_preview = offer_preview
        self._events: list[RunEvent] = []
        self._sent_at: dict[str, float] = {}
        self._held: dict[str, messages.CallProgress] = {}
        self._lock = threading.Lock()

    def report(self, event: events.Event) -> None:
        """Take one event; called from the thread that runs the node."""
        if isinstance(event, events.CallProgress):
            self._report_progress(event)
        else:
            message = to_message(event)
            with self._lock:
                if isinstance(event, events.CallFinished):
                    self._release(event.call)
                    self._sent_at.pop(event.call, None)
                self._events.append(message)
        self._wake()

    def drain(self) -> tuple[bytes, bool]:
        """One frame with all that happened (b"" if nothing did), and whether progress is held back."""
        now = time.monotonic()
        with self._lock:
            for call in [c for c in self._held if now - self._sent_at[c] >= PROGRESS_S]:
                self._release(call)
                self._sent_at[call] = now
            found, self._events = self._events, []
            holding = bool(self._held)
        return (pack(Events(self._job, found)) if found else b""), holding

    def _report_progress(self, event: events.CallProgress) -> None:
        message = messages.CallProgress(event.call, _finite(event.done), _finite(event.total))
        now = time.monotonic()
        with self._lock:
            self._held[event.call] = message
            if now - self._sent_at.get(event.call, -1.0) >= PROGRESS_S:
                self._release(event.call)
                self._sent_at[event.call] = now
        if event.preview is not None and self._offer_preview is not None:
            self._offer_preview(event.call, event.preview)

    def _release(self, call: str) -> None:
        held = self._held.pop(call, None)
        if held is not None:
            self._events.append(held)


def to_message(event: events.Event) -> RunEvent:
    """The event as plain data."""
    match event:
        case events.Started():
            return messages.Ran()
        case events.Cached(calls=calls):
            return messages.Cached(list(calls))
        case events.CallStarted():
            return messages.CallStarted(event.call, event.node_type, event.shown, event.parent)
        case events.CallProgress():
            return messages.CallProgress(event.call, _finite(event.done), _finite(event.total))
        case events.CallFinished():
            ui = messages.NOTHING if event.ui is None else to_raw(event.ui)
            return messages.CallFinished(
                event.call, event.shown, event.parent, ui, event.cached, event.seconds, event.memory_bytes
            )
        case events.Blocked():
            return messages.Blocked(event.call, event.node_type, _sendable(event.message))
        case events.Succeeded():
            return messages.Succeeded()
        case events.Failed():
            return messages.Failed(
                event.call,
                event.node_type,
                _sendable(event.message),
                event.exception_type,
                [_sendable(line) for line in event.traceback],
                {name: show_value(value) for name, value in event.inputs.items()},
                list(event.executed),
            )
        case events.Interrupted():
            return messages.Interrupted(event.call, event.node_type, list(event.executed))


def to_raw(value: Mapping[str, Any]) -> msgspec.Raw:
    """Encoded, whatever a node put into it: what JSON has no word for is written as text."""
    try:
        return msgspec.Raw(msgspec.json.encode(value, enc_hook=str))
    except (TypeError, ValueError, RecursionError, UnicodeEncodeError):
        return msgspec.Raw(msgspec.json.encode({str(key): [show_value(item)] for key, item in value.items()}))


def show_value(value: Any) -> Any:
    """A value as an error message shows it: plain ones as they are, the rest in a short line, never a tensor."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if not isinstance(value, str):
        shape = getattr(value, "shape", None)
        value = f"{type(value).__name__}{tuple(shape)}" if isinstance(shape, tuple) else _brief(value)
    text = _sendable(value)
    return text if len(text) <= _SHOWN_INPUT else text[:_SHOWN_INPUT] + " ..."


def _brief(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(str(show_value(v)) for v in value[:8])}{', ...' if len(value) > 8 else ''}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{k}: {show_value(v)}' for k, v in list(value.items())[:8])}}}"
    return type(value).__name__


def _finite(number: float) -> float:
    return number if number == number and abs(number) != float("inf") else 0.0


def _sendable(text: str) -> str:
    """The text without what UTF-8 cannot hold (file names that are no text, for instance)."""
    return text.encode("utf-8", "replace").decode("utf-8")
