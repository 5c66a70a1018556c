"""A real server with a real worker on tiny nodes, and a small client for it."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

REPOSITORY = Path(__file__).resolve().parents[2]


class Running:
    """A server process and how to speak to it."""

    def __init__(self, base: Path, *arguments: str) -> None:
        self.base = base
        self.arguments = arguments
        self.start()

    def start(self) -> None:
        log = (self.base / "log.txt").open("ab")
        command = [sys.executable, str(REPOSITORY / "server.py"), "--port", "0", "--base-directory", str(self.base)]
        self.process = subprocess.Popen(
            [*command, "--nodes", "tests.worker.tiny_nodes", *self.arguments],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        log.close()
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if "Easel serves at" not in line:
            self.process.wait(10)
            self.process.stdout.close()
            raise AssertionError((self.base / "log.txt").read_text())
        self.url = line.split()[-1].split("/?")[0]
        self.token = line.strip().partition("?token=")[2]

    def stop(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def worker_pid(self) -> int:
        """The server's one child."""
        for _ in range(200):
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            if children:
                return int(children[0])
            time.sleep(0.05)
        raise AssertionError("the server has no worker")

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Client]:
        async with aiohttp.ClientSession(self.url) as http:
            yield Client(http)


class Client:
    """What a client of the API does."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self.http = http

    async def get(self, path: str, **more: Any) -> Any:
        async with self.http.get(path, **more) as answer:
            assert answer.status == 200, (answer.status, await answer.text())
            return await answer.json()

    async def post(self, path: str, data: Any, status: int = 200) -> Any:
        async with self.http.post(path, json=data) as answer:
            text = await answer.text()
            assert answer.status == status, (answer.status, text)
            return json.loads(text) if text else None

    async def submit(self, prompt: Mapping[str, Any], **more: Any) -> str:
        answer = await self.post("/prompt", {"prompt": prompt, **more})
        return str(answer["prompt_id"])

    async def entry(self, job_id: str, timeout_s: float = 20.0) -> Any:
        """The job's history entry, as soon as there is one."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            found = await self.get(f"/history/{job_id}")
            if found:
                return found[job_id]
            await asyncio.sleep(0.02)
        raise AssertionError(f"{job_id} did not end: {await self.get('/queue')}")

    async def until(self, is_so: Any, timeout_s: float = 20.0) -> Any:
        """What the async ``is_so`` gives, as soon as that is true."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            if found := await is_so():
                return found
            await asyncio.sleep(0.02)
        raise AssertionError("it never came about")

    async def until_running(self, job_id: str) -> None:
        """A node of the job is at work. (Before that, an interrupt ends the job without a node to name.)"""

        async def runs() -> bool:
            nodes = (await self.get(f"/api/jobs/{job_id}")).get("nodes") or {}
            return any(node["state"] == "running" for node in nodes.values())

        await self.until(runs)


def call(node_type: str, **inputs: Any) -> dict[str, Any]:
    """One node of API JSON."""
    return {"class_type": node_type, "inputs": inputs}


_salts = itertools.count()


def work(steps: int, seconds: float) -> dict[str, Any]:
    """A graph that counts steps, never the same one twice, so that it is never cached."""
    return {"1": call("Work", steps=steps, seconds=seconds, salt=next(_salts)), **shown(["1", 0])}


def shown(value: Any) -> dict[str, Any]:
    """The smallest graph with an output: a constant or a link, shown."""
    return {"s": call("Show", value=value)}


def send(request: urllib.request.Request) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
