"""The first command of the README, in a process of its own, by its stages."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from tempfile import TemporaryDirectory

from benchmarks.figure import Figure, Plan
from tests.api.running import REPOSITORY


def measure(plan: Plan) -> Iterator[Figure]:
    del plan  # once is enough: what counts here is the first time
    stages = _paint()
    yield Figure("python server.py run workflows/text-to-image.json", stages["succeeded"], "s", 60)
    yield Figure("of that until the graph runs (imports)", stages["started"], "s")
    yield Figure("CheckpointLoaderSimple", stages["CheckpointLoaderSimple"], "s")
    yield Figure("KSampler", stages["KSampler"], "s")
    yield Figure("VAEDecode", stages["VAEDecode"], "s")


def _paint() -> dict[str, float]:
    """Seconds from the start to each kind of event, and seconds of each node type."""
    found: dict[str, float] = {}
    types: dict[str, str] = {}
    with TemporaryDirectory() as output:
        began = time.perf_counter()
        command = [
            sys.executable,
            str(REPOSITORY / "server.py"),
            "run",
            "workflows/text-to-image.json",
            "--json",
            "--cache-disk",
            "0",
        ]
        process = subprocess.Popen(
            [*command, "--output-directory", output], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            found.setdefault(event["type"], time.perf_counter() - began)
            if event["type"] == "call_started":
                types[event["call"]] = event["node_type"]
            if event["type"] == "call_finished":
                found[types[event["call"]]] = found.get(types[event["call"]], 0.0) + event["seconds"]
        if process.wait() != 0:
            raise RuntimeError(f"it ended with {process.returncode}")
    return found
