"""``server.py run FILE``: one workflow, in this process, without a server."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import uuid
from dataclasses import dataclass
from random import Random
from typing import IO, Any, Final

from files.errors import FileProblem
from graph.document import Graph
from graph.errors import GraphError
from graph.events import Event, Failed, Interrupted
from graph.report import place
from graph.run import Run
from graph.validate import check
from jobs.choices import FileChoices
from jobs.options import RunOptions
from worker.changes import BadChange, change_inputs, change_seeds
from worker.house import House
from worker.loading import build_house
from worker.runner import Runner
from worker.shown import Bars, Lines, Shown
from worker.source import Source, open_source

_SAVED: Final = 0
_FAILED: Final = 1
_WRONG: Final = 2
_STOPPED: Final = 130


class BadGraph(Exception):
    """A graph that cannot run; a sentence for every problem."""


@dataclass(frozen=True)
class Ready:
    """A graph that can run, and its targets."""

    graph: Graph
    targets: tuple[str, ...]
    extra: dict[str, Any]


def run_file(options: RunOptions) -> int:
    """Run the file; returns the exit code. Whatever the user can mend is said in sentences on stderr."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", stream=sys.stderr)
    try:
        source = open_source(options.file)
        out = take_stdout()
        if sys.stderr.isatty():
            sys.stderr.write("Loading the nodes ...\r")
        house = build_house(options)
        ready = prepare(source, options, house)
        shown: Shown = (Lines if options.json else Bars)(out, house.folders)
        return run_ready(ready, Runner(house), shown)
    except (FileProblem, BadChange, BadGraph, GraphError) as error:
        sys.stderr.write(f"{error}\n")
    except KeyboardInterrupt:
        return _STOPPED
    return _WRONG


def prepare(source: Source, options: RunOptions, house: House) -> Ready:
    """The graph of the source with the changes asked for. Raises BadGraph or GraphError with all that is wrong."""
    catalog = house.catalog
    chance = None if options.seed is None else Random(options.seed)
    graph = change_inputs(source.read(catalog, chance), catalog, options.changes)
    if options.seed is not None:
        graph = change_seeds(graph, options.seed)
    checked = check(graph, catalog, None, FileChoices(house.folders))
    if checked.problems or not checked.outputs:
        raise BadGraph("\n".join(place(problem, graph) for problem in checked.problems))
    extra: dict[str, Any] = {"preview_method": "none"}
    if source.workflow is not None and not options.changes and options.seed is None:
        extra["extra_pnginfo"] = {"workflow": source.workflow}  # left out after a change, since it would tell a lie
    return Ready(checked.graph, tuple(checked.outputs), extra)


def run_ready(ready: Ready, runner: Runner, shown: Shown) -> int:
    """Run it and show how; returns the exit code."""
    outcome: list[Event] = []

    def emit(event: Event) -> None:
        shown.hear(event)
        if isinstance(event, Failed | Interrupted):
            outcome.append(event)

    run = runner.open_run(str(uuid.uuid4()), ready.graph.to_prompt(), ready.extra, emit)
    signal.signal(signal.SIGINT, lambda *_: _stop(run))
    try:
        asyncio.run(runner.run(run, ready.graph, ready.targets))
    finally:
        shown.close()
    if not outcome:
        return _SAVED
    return _FAILED if isinstance(outcome[-1], Failed) else _STOPPED


def take_stdout() -> IO[str]:
    """The real stdout, for results alone; whatever else prints in this process goes to stderr from now on."""
    sys.stdout.flush()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return out


def _stop(run: Run) -> None:
    if run.is_cancelled:
        os._exit(_STOPPED)  # asked twice: some node does not look up from its work
    sys.stderr.write("\nStopping at the next step. Press Ctrl-C again to leave at once.\n")
    run.cancel()
