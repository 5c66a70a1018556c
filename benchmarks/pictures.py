"""Writing pictures: how long the file takes, and whether the device waits for it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

import numpy
from PIL import Image

from benchmarks.figure import Figure, Plan, in_turn, time_ms
from files.folders import Folders
from files.save import PNG_OPTIONS, Saver
from graph.cache import NoCache
from graph.document import parse_prompt
from graph.events import CallFinished, CallStarted, Event
from graph.execute import execute
from graph.node import Done, node, node_of
from graph.plan import make_plan
from graph.run import Run
from tests.api.running import call
from tests.worker.tiny_nodes import NUMBER

SIZE = 512
FIELD_OPTIONS = {"compress_level": 4}
PAINTINGS = 8


def measure(plan: Plan) -> Iterator[Figure]:
    picture = Image.fromarray(_photo(SIZE))
    ours, field = in_turn(
        [lambda: _encode(picture, PNG_OPTIONS), lambda: _encode(picture, FIELD_OPTIONS)], plan.repeats
    )
    yield Figure(f"PNG of {SIZE} x {SIZE} pixels", ours, "ms")
    yield Figure("against level 4, which is the field's", ours / field, "times", 0.5)
    yield Figure("pause of the device between two pictures while one is written", asyncio.run(_pause(picture)), "ms", 5)


def _encode(picture: Image.Image, options: Mapping[str, int]) -> float:
    return time_ms(lambda: picture.save(io.BytesIO(), format="PNG", **options))


def _photo(size: int) -> numpy.ndarray:
    """Smooth shapes with a little noise: what a photograph is to a compressor."""
    random = numpy.random.default_rng(0)
    rows, columns = numpy.mgrid[0:size, 0:size] / size
    channels = [numpy.sin(rows * (3 + c) + columns * (5 - c)) * 100 + 128 for c in range(3)]
    noisy = numpy.stack(channels, axis=-1) + random.normal(0, 4, (size, size, 3))
    return noisy.clip(0, 255).astype(numpy.uint8)


async def _pause(picture: Image.Image) -> float:
    """Mean milliseconds between the end of a call that needs the device and the start of the next such call."""
    with TemporaryDirectory() as base:
        saver = Saver(Folders(Path(base)))

        @node("Dream", category="benchmark")
        def dream(*, a: NUMBER = 0) -> NUMBER:
            """Keeps the device busy."""
            sleep(0.1)
            return a

        @node("Save", category="benchmark", output=True, needs_device=False)
        def save(*, a: NUMBER) -> Done[None]:
            """Writes the picture."""
            saver.save_png(picture, f"p{a}")
            return Done((), {})

        nodes = {"Dream": node_of(dream), "Save": node_of(save)}
        prompt = {f"d{i}": call("Dream", a=i) for i in range(PAINTINGS)}
        prompt |= {f"s{i}": call("Save", a=[f"d{i}", 0]) for i in range(PAINTINGS)}
        outputs = [f"s{i}" for i in range(PAINTINGS)]
        busy: list[tuple[str, float]] = []

        def hear(event: Event) -> None:
            if isinstance(event, CallStarted | CallFinished) and event.call.startswith("d"):
                busy.append((type(event).__name__, perf_counter()))

        plan = make_plan(parse_prompt(prompt), nodes, outputs, NoCache(), lambda *_: "")
        await execute(plan, nodes, NoCache(), Run("benchmark", emit=hear))
    ends = [t for kind, t in busy if kind == "CallFinished"][:-1]
    starts = [t for kind, t in busy if kind == "CallStarted"][1:]
    return sum(s - e for e, s in zip(ends, starts, strict=True)) / len(ends) * 1000
