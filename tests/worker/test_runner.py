"""The runner: a checked graph through the engine, with what the process around it has to see to."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest

from files.folders import Folders
from files.save import Saver
from graph.cache import MemoryCache
from graph.document import parse_prompt
from graph.events import Cached, CallFinished, Event, Failed, Interrupted, Succeeded
from graph.node import node, nodes_of
from graph.run import Run
from graph.spec import Choice, Text
from jobs.options import Options
from worker.house import House
from worker.loading import load_nodes
from worker.runner import Runner
from worker.sizes import size_of


@node("Hungry", category="tiny")
def hungry() -> None:
    """Takes more memory than there is."""
    raise MemoryError("cannot allocate 9 exabytes. Buy more\nor less")


@node("Browse", category="tiny")
def browse(*, folder: Annotated[str, Choice(folder="input", upload="folder")]) -> Annotated[str, Text()]:
    """A folder."""
    return folder


class Place:
    """A House in a temporary directory; ``freed`` counts how often its device was asked to give memory back."""

    def __init__(self, base: Path) -> None:
        self.folders = Folders(base)
        self.freed = 0
        nodes, *_ = load_nodes(Options(base_directory=base, nodes="tests.worker.tiny_nodes"), self.folders)
        own = nodes_of(sys.modules[__name__])
        house = House(
            self.folders,
            {**nodes, **{n.spec.name: n for n in own}},
            {},
            MemoryCache(10**6, size_of),
            {Saver: Saver(self.folders)},
            free=self._free,
        )
        self.runner = Runner(house)

    def _free(self) -> None:
        self.freed += 1

    def run(self, prompt: dict[str, Any], cancel_at: int = 0) -> list[Event]:
        told: list[Event] = []

        def emit(event: Event) -> None:
            told.append(event)
            if len(told) == cancel_at:
                run.cancel()

        run: Run = self.runner.open_run("r", prompt, {}, emit)
        asyncio.run(self.runner.run(run, parse_prompt(prompt), [list(prompt)[-1]]))
        return told


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "input").mkdir()
    return Place(tmp_path)


def call(node_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": node_type, "inputs": inputs}


def test_a_run_ends_with_success_and_calls_are_timed(place: Place) -> None:
    told = place.run({"1": call("Number", value=3), "2": call("Show", value=["1", 0])})
    assert isinstance(told[-1], Succeeded)
    finished = [event for event in told if isinstance(event, CallFinished)]
    assert [(event.call, event.ui) for event in finished] == [("1", None), ("2", {"text": ["3"]})]
    assert all(event.seconds is not None for event in finished)


def test_a_changed_input_file_runs_its_reader_again(place: Place) -> None:
    prompt = {"1": call("Open", image="a.png"), "2": call("Show", value=["1", 0])}
    file = place.folders.input / "a.png"
    file.write_bytes(b"one")
    place.run(prompt)
    assert Cached(("1", "2")) in place.run(prompt)
    file.write_bytes(b"another")
    assert Cached(()) in place.run(prompt)


def test_a_file_put_into_a_folder_that_an_input_names_runs_its_reader_again(place: Place) -> None:
    prompt = {"1": call("Browse", folder="set"), "2": call("Show", value=["1", 0])}
    (place.folders.input / "set").mkdir()
    (place.folders.input / "set/a.txt").write_bytes(b"one")
    place.run(prompt)
    assert Cached(("1", "2")) in place.run(prompt)
    (place.folders.input / "set/b.txt").write_bytes(b"two")
    assert Cached(()) in place.run(prompt)


def test_out_of_memory_is_told_in_a_sentence_and_memory_is_given_back(place: Place) -> None:
    told = place.run({"1": call("Hungry")})
    failed = told[-1]
    assert isinstance(failed, Failed)
    assert (failed.message, failed.traceback) == (
        "Out of memory in Hungry: cannot allocate 9 exabytes. Use a smaller picture or a smaller batch, "
        "or nodes that work in tiles.",
        (),
    )
    place.run({"1": call("Number", value=1)})
    assert place.freed == 1


def test_a_cancelled_run_ends_as_interrupted(place: Place) -> None:
    told = place.run({"1": call("Work", steps=1000, seconds=0.001, salt=1)}, cancel_at=6)
    assert isinstance(told[-1], Interrupted)
    assert told[-1].node_type == "Work"


def test_freeing_results_empties_the_cache(place: Place) -> None:
    prompt = {"1": call("Number", value=3), "2": call("Show", value=["1", 0])}
    place.run(prompt)
    place.runner.free(models=False, results=True)
    assert Cached(()) in place.run(prompt)
    assert place.freed == 1
