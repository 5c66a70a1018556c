"""Node types without torch, for tests of everything around the nodes: a worker with these starts in a moment."""

from __future__ import annotations

import os
import signal
import time
from typing import Annotated, Any

from PIL import Image

from files.save import Saver
from graph.blocker import ExecutionBlocker
from graph.errors import UserError
from graph.node import Done, Slot, node
from graph.run import Run
from graph.spec import ANY, Choice, Float, Int, Port, Text
from nodes.v3.progress import report_progress

NUMBER = Annotated[int, Port("INT")]
ANYTHING = Annotated[Any, Port(ANY)]
Prompt = Annotated[Any, Slot(hidden="PROMPT")]
PngInfo = Annotated[Any, Slot(hidden="EXTRA_PNGINFO")]


@node("Number", category="tiny")
def number(*, value: Annotated[int, Int(0, 1000)] = 1) -> NUMBER:
    """A number."""
    return value


@node("Seed", category="tiny")
def seed(*, seed: Annotated[int, Int(0, 2**64 - 1, reroll=True)] = 0) -> NUMBER:
    """A number that is rolled anew."""
    return seed


@node("Add", category="tiny")
def add(*, a: NUMBER, b: Annotated[int, Int(-1000, 1000)] = 1) -> NUMBER:
    """The sum of two numbers."""
    return a + b


@node("Sum", category="tiny")
def add_all(
    *,
    a: NUMBER,
    b: Annotated[int, Port("INT"), Slot(optional=True)] = 0,
    c: Annotated[int, Port("INT"), Slot(optional=True)] = 0,
) -> NUMBER:
    """The sum of up to three numbers."""
    return a + b + c


@node("Show", category="tiny", output=True)
def show(*, value: ANYTHING) -> Done[None]:
    """Shows a value."""
    return Done((), {"text": [str(value)]})


@node("Work", category="tiny", not_idempotent=True)
def work(
    *,
    steps: Annotated[int, Int(1, 10_000)] = 10,
    seconds: Annotated[float, Float(0.0, 60.0)] = 0.01,
    salt: Annotated[int, Int(0, 2**31)] = 0,
    run: Run,
) -> NUMBER:
    """Counts steps of so many seconds, shows a preview at each, and can be stopped at each."""
    for step in range(steps):
        time.sleep(seconds)
        run.progress(step + 1, steps, lambda: Image.new("RGB", (64, 48), "red"))
    return steps + salt


@node("Stream", category="tiny", output=True, not_idempotent=True)
def stream(*, count: Annotated[int, Int(1, 100)] = 3) -> Done[None]:
    """Sends its pictures through the socket, as packs do: by a progress report without a limit of size."""
    for number in range(count):
        report_progress(number, count, ("PNG", Image.new("RGB", (700, 20), (number, 0, 0)), None))
    return Done(())


@node("Stubborn", category="tiny")
def stubborn(*, seconds: Annotated[float, Float(0.0, 600.0)] = 60.0) -> NUMBER:
    """Works without ever looking up."""
    time.sleep(seconds)
    return 0


@node("Hold", category="tiny")
def hold(*, bytes: Annotated[int, Int(0, 10**9)], seconds: Annotated[float, Float(0.0, 600.0)] = 0.0) -> NUMBER:
    """Holds so much memory for so long."""
    held = b"x" * bytes
    time.sleep(seconds)
    return len(held)


@node("Fail", category="tiny")
def fail(*, value: ANYTHING, message: Annotated[str, Text()] = "no luck") -> NUMBER:
    """Raises."""
    raise ValueError(message)


@node("Block", category="tiny")
def block(*, message: Annotated[str, Text()] = "not now") -> Annotated[Any, Port("INT")]:
    """Lets nothing run that hangs on it."""
    return ExecutionBlocker(message)


@node("Refuse", category="tiny")
def refuse(*, message: Annotated[str, Text()] = "That cannot be.") -> NUMBER:
    """Refuses in a sentence."""
    raise UserError(message)


@node("Die", category="tiny")
def die(*, value: ANYTHING, marker: Annotated[str, Text()] = "") -> NUMBER:
    """Kills its own process; once only if ``marker`` names a file, which it then makes."""
    if marker and os.path.exists(marker):
        return 1
    if marker:
        open(marker, "w").close()
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


@node("Paint", category="tiny", output=True, not_idempotent=True)
def paint(
    *,
    size: Annotated[int, Int(1, 512)] = 8,
    seed: Annotated[int, Int(0, 2**64 - 1, reroll=True)] = 0,
    filename_prefix: Annotated[str, Text()] = "tiny",
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[None]:
    """Saves a picture of one colour."""
    picture = Image.new("RGB", (size, size), (seed % 256, seed // 256 % 256, 0))
    metadata = {"prompt": prompt, **(extra_pnginfo or {})}
    return Done((), {"images": [saver.save_png(picture, filename_prefix, metadata=metadata)]})


@node("Open", category="tiny")
def open_file(*, image: Annotated[str, Choice(folder="input", upload="image")]) -> Annotated[str, Port("STRING")]:
    """Takes a file of the input folder."""
    return image


def check_even(value: Any) -> bool | str:
    """What VALIDATE_INPUTS is to the field's classes."""
    return True if value is None or value % 2 == 0 else f"{value} is odd"


@node("Even", category="tiny", check=check_even)
def even(*, value: Annotated[int, Int(0, 100)] = 2) -> NUMBER:
    """Takes even numbers only, and says so before it runs."""
    return value
