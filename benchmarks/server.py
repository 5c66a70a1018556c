"""The server process: how soon it answers, how large it is."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import aiohttp

from benchmarks.figure import Figure, Plan
from tests.api.running import REPOSITORY

_MB = 1e6


def measure(plan: Plan) -> Iterator[Figure]:
    starts = [asyncio.run(_start()) for _ in range(plan.repeats)]
    first, size, ready = (median(values) for values in zip(*starts, strict=True))
    yield Figure("process start to the first HTTP 200", first, "s", 0.5)
    yield Figure("resident, the worker ready", size / _MB, "MB", 80)
    yield Figure("process start to the worker ready, all nodes", ready, "s")


async def _start() -> tuple[float, float, float]:
    """Seconds to the first answer, resident bytes, seconds until the catalog of the real nodes is there."""
    with TemporaryDirectory() as base, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, str(REPOSITORY / "server.py"), "--port", str(port), "--base-directory", base, "--cpu"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            while not _answers(f"{url}/queue"):
                time.sleep(0.005)
            first = time.perf_counter() - began
            async with aiohttp.ClientSession(url) as http, http.get("/object_info") as answer:
                await answer.read()  # is answered once the worker has told its nodes
            return first, _resident_bytes(process.pid), time.perf_counter() - began
        finally:
            process.terminate()
            process.wait(20)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def _resident_bytes(pid: int) -> int:
    fields = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in fields if line.startswith("VmRSS"))
