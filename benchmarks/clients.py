"""Many clients at once, and a history that has grown long."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

import aiohttp

from benchmarks.figure import Figure, Plan
from benchmarks.serving import chain, listening, serving
from jobs.job import Job, Result, State
from jobs.store import JobStore
from tests.api.running import Running

CLIENTS = 32
POSTS = 12
PAUSE_S = 0.25
RUNS = 5000


def measure(plan: Plan) -> Iterator[Figure]:
    with serving() as running:
        paced, greedy = asyncio.run(_post_at_once(running, plan.repeats))
    yield Figure(f"POST /prompt, {CLIENTS} clients, each 4 a second: median", median(paced), "ms", 5)
    yield Figure("the same: 95 of 100 within", quantiles(paced, n=20)[-1], "ms", 25)
    yield Figure(f"POST /prompt, {CLIENTS} clients without a pause: median", median(greedy), "ms")
    with TemporaryDirectory() as base:
        _write_history(Path(base))
        with serving(Path(base)) as running:
            page, whole, waited = asyncio.run(_read_history(running, plan.repeats))
    yield Figure(f"GET a page of 64 out of {RUNS} runs", page, "ms", 5)
    yield Figure(f"GET all {RUNS} runs", whole, "ms")
    yield Figure("longest wait of another request meanwhile", waited, "ms", 20)


async def _post_at_once(running: Running, repeats: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each POST of a 10-node graph: with pauses, and one right after the other."""
    async with listening(running):
        pass
    async with aiohttp.ClientSession(running.url, connector=aiohttp.TCPConnector(limit=CLIENTS)) as http:
        paced = await asyncio.gather(*(_post(http, POSTS * repeats // 4, PAUSE_S) for _ in range(CLIENTS)))
        await _until_idle(http)
        greedy = await asyncio.gather(*(_post(http, POSTS, 0.0) for _ in range(CLIENTS)))
        await _until_idle(http)
    return [t for times in paced for t in times], [t for times in greedy for t in times]


async def _post(http: aiohttp.ClientSession, posts: int, pause_s: float) -> list[float]:
    times = []
    for _ in range(posts):
        await asyncio.sleep(random.uniform(0, 2 * pause_s))
        body = {"prompt": chain(10)}
        began = perf_counter()
        async with http.post("/prompt", json=body) as answer:
            await answer.read()
            answer.raise_for_status()
        times.append((perf_counter() - began) * 1000)
    return times


async def _until_idle(http: aiohttp.ClientSession) -> None:
    while True:
        async with http.get("/prompt") as answer:
            if (await answer.json())["exec_info"]["queue_remaining"] == 0:
                return
        await asyncio.sleep(0.05)


def _write_history(base: Path) -> None:
    (base / "user").mkdir()
    store = JobStore(base / "user" / "jobs.sqlite")
    prompt = (
        b'{"1":{"class_type":"KSampler","inputs":{' + b",".join(b'"input%d":%d' % (i, i) for i in range(40)) + b"}}}"
    )
    for number in range(RUNS):
        job = Job(f"job-{number}", float(number), prompt, targets=("1",))
        store.submit(job)
        store.start(job.started())
        store.add_outputs(job.id, {"1": b'{"images":[{"filename":"a.png","subfolder":"","type":"output"}]}'})
        store.finish(job.id, Result(State.COMPLETED))
    store.close()


async def _read_history(running: Running, repeats: int) -> tuple[float, float, float]:
    """Milliseconds for a page, for everything, and for the slowest of other requests while everything is read."""
    async with aiohttp.ClientSession(running.url) as http:
        pages = [await _get(http, "/history?max_items=64") for _ in range(repeats)]
        wholes, waits = [], []
        for _ in range(repeats):
            reading = asyncio.create_task(_get(http, "/history"))
            others = []
            while not reading.done():
                others.append(await _get(http, "/prompt"))
            wholes.append(await reading)
            waits.append(max(others))
    return median(pages), median(wholes), median(waits)


async def _get(http: aiohttp.ClientSession, path: str) -> float:
    began = perf_counter()
    async with http.get(path) as answer:
        await answer.read()
        answer.raise_for_status()
    return (perf_counter() - began) * 1000
