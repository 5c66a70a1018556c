"""What ``server.py run`` shows while it runs: progress bars for people, or lines of JSON for programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Protocol

import msgspec
from tqdm import tqdm

from files.errors import FileProblem
from files.folders import Folders
from files.names import confine
from graph.events import Blocked, CallFinished, CallProgress, CallStarted, Event, Failed, Interrupted
from worker.reports import to_message


class Shown(Protocol):
    """Hears a run's events, in order."""

    def hear(self, event: Event) -> None: ...

    def close(self) -> None: ...


class Lines:
    """Every event as a line of JSON; each saved file as ``{"type": "saved", "path": ...}``."""

    def __init__(self, out: IO[str], folders: Folders) -> None:
        self._out = out
        self._folders = folders

    def hear(self, event: Event) -> None:
        self._say(to_message(event))
        for path in saved_files(event, self._folders):
            self._say({"type": "saved", "path": str(path)})

    def close(self) -> None:
        self._out.flush()

    def _say(self, value: Any) -> None:
        self._out.write(msgspec.json.encode(value).decode() + "\n")
        self._out.flush()


class Bars:
    """A bar on stderr for each call that counts steps, the paths of saved files on stdout, and what went wrong.

    State: the bars of calls at work; their node types.
    """

    def __init__(self, out: IO[str], folders: Folders) -> None:
        self._out = out
        self._folders = folders
        self._types: dict[str, str] = {}
        self._bars: dict[str, tqdm[Any]] = {}

    def hear(self, event: Event) -> None:
        match event:
            case CallStarted(call=call, node_type=node_type):
                self._types[call] = node_type
            case CallProgress(call=call, done=done, total=total):
                self._advance(call, done, total)
            case CallFinished(call=call):
                self._drop(call)
                for path in saved_files(event, self._folders):
                    with tqdm.external_write_mode(file=sys.stderr):
                        self._out.write(f"{path}\n")
                        self._out.flush()
            case Blocked(call=call, node_type=node_type, message=message):
                tqdm.write(f"{node_type} (node {call}) was skipped: {message}", file=sys.stderr)
            case Failed():
                self.close()
                say_failure(event)
            case Interrupted():
                self.close()
                sys.stderr.write("Stopped.\n")
            case _:
                pass

    def close(self) -> None:
        for call in list(self._bars):
            self._drop(call)

    def _advance(self, call: str, done: float, total: float) -> None:
        if total <= 1:
            return
        bar = self._bars.get(call)
        if bar is None:
            name = f"{self._types.get(call, 'node')} ({call})"
            bar = self._bars[call] = tqdm(total=total, desc=name, file=sys.stderr, dynamic_ncols=True)
        bar.total = total
        bar.update(done - bar.n)

    def _drop(self, call: str) -> None:
        bar = self._bars.pop(call, None)
        if bar is not None:
            bar.close()


def say_failure(event: Failed) -> None:
    """Where and why a run failed, on stderr; a node's own lines only where they help its author."""
    where = f"{event.node_type} (node {event.call})" if event.call else "The run"
    kind = f"{event.exception_type}: " if event.traceback else ""
    sys.stderr.write("".join(event.traceback) + f"{where} failed: {kind}{event.message}\n")


def saved_files(event: Event, folders: Folders) -> Iterator[Path]:
    """The files that a finished call shows."""
    if not isinstance(event, CallFinished) or event.ui is None:
        return
    for items in event.ui.values():
        for item in items if isinstance(items, list | tuple) else ():
            if isinstance(item, Mapping) and item.get("filename"):
                try:
                    root = folders.place(str(item.get("type", "output")))
                    yield confine(root, os.path.join(str(item.get("subfolder", "")), str(item["filename"])))
                except FileProblem:  # a pack's own idea of a place
                    continue
