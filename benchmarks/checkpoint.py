"""A Stable Diffusion 1.5 file: how soon it is loaded, how much memory a picture takes at most."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.figure import Figure, Plan, median_ms, time_ms
from benchmarks.sd15 import NAME, painting, sd15_base
from diffusion.checkpoint.header import read_header
from diffusion.checkpoint.load import load_checkpoint
from diffusion.memory import open_memory
from tests.api.running import REPOSITORY


def measure(plan: Plan) -> Iterator[Figure]:
    with sd15_base(plan.checkpoint) as base:
        file = base / "models" / "checkpoints" / NAME
        yield Figure("names and shapes of the file", median_ms(lambda: read_header(file), plan.repeats * 4), "ms", 2)
        first, *warm = (time_ms(lambda: _load(file)) / 1000 for _ in range(plan.repeats + 1))
        yield Figure("first load in a process, diffusers' import included", first, "s")
        yield Figure("load with the file in the page cache", median(warm), "s", 1)
        yield Figure(
            f"peak memory of a picture of 256 px, {plan.steps} steps", _peak_bytes(base, plan.steps) / 1e9, "GB", 3
        )


def _load(file: Path) -> None:
    load_checkpoint(file, open_memory("cpu"))
    gc.collect()


def _peak_bytes(base: Path, steps: int) -> int:
    """The largest resident size of the process that paints."""
    graph = base / "graph.json"
    graph.write_text(json.dumps(painting(steps)))
    command = [sys.executable, str(REPOSITORY / "server.py"), "run", str(graph), "--base-directory", str(base), "--cpu"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"painting ended with {process.returncode}")
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
