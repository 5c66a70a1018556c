"""The engine and everything around it: from POST to success on nodes that do nothing, over HTTP and a worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from statistics import median

from benchmarks.figure import Figure, Plan
from benchmarks.serving import Cpu, Graph, Listener, chain, fan, listening, serving

# Nodes in the chain -> milliseconds for the first run and for one that finds everything cached.
TARGETS = {10: (4.3, 2.5), 100: (20, 5), 400: (80, 12)}


def measure(plan: Plan) -> Iterator[Figure]:
    yield from asyncio.run(_measure(plan))


async def _measure(plan: Plan) -> list[Figure]:
    with serving() as running:
        async with listening(running) as listener:
            return [figure async for figure in _figures(listener, Cpu(running), plan)]


async def _figures(listener: Listener, cpu: Cpu, plan: Plan) -> AsyncIterator[Figure]:
    for nodes, (first_target, cached_target) in TARGETS.items():
        graphs = [chain(nodes) for _ in range(plan.repeats * 4)]
        for what, target in (("first run", first_target), ("all cached", cached_target)):
            ms, cpu_ms = await _time(listener, cpu, graphs)
            yield Figure(f"chain of {nodes}, {what}", ms, "ms", target)
            yield Figure("  of that computed by server and worker", cpu_ms, "ms")
    told = [await listener.run(fan(1000)) for _ in range(plan.repeats)]
    yield Figure("fan of 1000, first run, one listener", median(one.ms for one in told), "ms", 100)
    yield Figure("fan of 1000, sent to its listener", median(one.received_bytes for one in told) / 1e6, "MB", 1)
    _, short = await _time(listener, cpu, [chain(1000) for _ in range(plan.repeats * 4)])
    ms, long = await _time(listener, cpu, [chain(10_000) for _ in range(plan.repeats)])
    yield Figure("chain of 10,000, first run", ms, "ms")
    yield Figure("computing a node, chain of 10,000 against 1000", long / short / 10, "times", 1.2)
    yield Figure("deepest chain run: 20,000 nodes", (await listener.run(chain(20_000))).ms, "ms")


async def _time(listener: Listener, cpu: Cpu, graphs: Sequence[Graph]) -> tuple[float, float]:
    """For one graph: the median of milliseconds until it succeeded, and the mean of what was computed for it."""
    cpu.start()
    times = [(await listener.run(graph)).ms for graph in graphs]
    return median(times), cpu.ms() / len(graphs)
