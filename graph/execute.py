"""Running a plan: the next ready call, its inputs, the call, its result kept and told of, until nothing is left to do.

Nodes never run on the event loop. One thread, the device's, takes call after call, so that consecutive calls cost no
hand-over and no two of them are on the device at once. Calls that need no device run in helper threads while the
device's is at work; async ones are tasks on the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import Executor

from graph.cache import Cache
from graph.crew import Crew
from graph.events import Cached, CallFinished, Interrupted, Started, Succeeded
from graph.execution import Execution
from graph.node import Node
from graph.plan import Plan
from graph.run import Run


async def execute(
    plan: Plan, nodes: Mapping[str, Node], cache: Cache, run: Run, *, device: Executor | None = None
) -> None:
    """Run what the plan says. How it went is in ``run``'s events, also when a node failed; the last is the outcome.

    ``device`` runs the device's thread: one of its own, kept over many runs, spares torch from making its threads anew.
    When the task that waits here is cancelled, so is the run; what runs in threads is waited for.
    """
    run.emit(Started())
    run.emit(Cached(plan.cached))
    has_all = _tell_of_cached(plan, cache, run)
    if has_all and not plan.runs:
        run.emit(Succeeded())
        return
    execution = Execution(plan, nodes, cache, run)
    loop = asyncio.get_running_loop()
    crew = Crew(execution, loop)
    run.when_cancelled(execution.wake)
    was_cancelled = await _see_out(loop.run_in_executor(device, crew.work), run)
    await crew.close()
    run.emit(execution.outcome or Interrupted())
    if was_cancelled:
        raise asyncio.CancelledError


async def _see_out(working: asyncio.Future[None], run: Run) -> bool:
    """Wait for the device's thread, however often this task is cancelled; whether it was."""
    was_cancelled = False
    while not working.done():
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            was_cancelled = True
            run.cancel()
    return was_cancelled


def _tell_of_cached(plan: Plan, cache: Cache, run: Run) -> bool:
    """Tell what cached calls show and which wanted outputs are known; whether all that the plan knew of still are."""
    outputs = set(plan.outputs)
    has_all = True
    for call in plan.cached:
        key = plan.keys[call]
        entry = cache.get(key) if key is not None else None
        if entry is not None and (entry.ui is not None or call in outputs):
            run.emit(CallFinished(call, shown=call, ui=entry.ui, cached=True))
        has_all = has_all and entry is not None
    return has_all
