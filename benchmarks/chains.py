"""The engine and everything around it: from POST to success on nodes that do nothing, over HTTP and a worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from statistics import median

from benchmarks.figure import Figure, Plan
from benchmarks.serving import Listener, chain, fan, listening, serving

# Nodes in the chain -> milliseconds for the first run and for one that finds everything cached.
TARGETS = {10: (4.3, 2.5), 100: (20, 5), 400: (80, 12)}


def measure(plan: Plan) -> Iterator[Figure]:
    yield from asyncio.run(_measure(plan))


async def _measure(plan: Plan) -> list[Figure]:
    with serving() as running:
        async with listening(running) as listener:
            return [figure async for figure in _figures(listener, plan)]


async def _figures(listener: Listener, plan: Plan) -> AsyncIterator[Figure]:
    for nodes, (first_target, cached_target) in TARGETS.items():
        first, cached = await _time_chain(listener, nodes, plan.repeats * 4)
        yield Figure(f"chain of {nodes}, first run", first, "ms", first_target)
        yield Figure(f"chain of {nodes}, all cached", cached, "ms", cached_target)
    told = [await listener.run(fan(1000)) for _ in range(plan.repeats)]
    yield Figure("fan of 1000, first run, one listener", median(one.ms for one in told), "ms", 100)
    yield Figure("fan of 1000, sent to its listener", median(one.received_bytes for one in told) / 1e6, "MB", 1)
    short, _ = await _time_chain(listener, 1000, plan.repeats)
    long, _ = await _time_chain(listener, 10_000, plan.repeats)
    yield Figure("chain of 10,000, first run", long, "ms")
    yield Figure("time a node, chain of 10,000 against 1000", long / short / 10, "times", 1.2)
    yield Figure("deepest chain run: 20,000 nodes", (await listener.run(chain(20_000))).ms, "ms")


async def _time_chain(listener: Listener, nodes: int, repeats: int) -> tuple[float, float]:
    """Medians of the first run of a chain and of the second, in milliseconds."""
    firsts, seconds = [], []
    for _ in range(repeats):
        graph = chain(nodes)
        firsts.append((await listener.run(graph)).ms)
        seconds.append((await listener.run(graph)).ms)
    return median(firsts), median(seconds)
