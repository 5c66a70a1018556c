"""What overlaps, what does not, and how a run is stopped."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import pytest

from graph.errors import Cancelled
from graph.events import CallProgress, CallStarted, Event, Failed, Interrupted, Succeeded
from graph.execute import execute
from graph.node import Done, node
from graph.run import Run, current_call, current_item
from graph.spec import Int
from tests.graph.samples import ANYTHING, NUMBER, Bench, bench, prompt, shown, started

Count = Annotated[int, Int()]
WAIT_S = 20


@node("Wait", category="t")
async def wait(*, n: NUMBER = 0, gate: asyncio.Barrier) -> NUMBER:
    """Waits until as many wait as the gate is for."""
    await asyncio.wait_for(gate.wait(), WAIT_S)
    return n


@node("Meet", category="t", needs_device=False)
def meet(*, n: Count = 0, gate: threading.Barrier) -> NUMBER:
    """Waits in a thread until as many wait as the gate is for."""
    gate.wait(WAIT_S)
    return n


@node("MeetOnDevice", category="t")
def meet_on_device(*, n: Count = 0, gate: threading.Barrier) -> NUMBER:
    """The same, on the device."""
    gate.wait(WAIT_S)
    return n


def fan(name: str, count: int) -> Any:
    data = {f"n{i}": {"class_type": name, "inputs": {"n": i}} for i in range(count)}
    shows = {f"o{i}": {"class_type": "Show", "inputs": {"value": [f"n{i}", 0]}} for i in range(count)}
    return {**data, **shows}


async def run(table: Bench, data: Any, services: dict[type, Any], *, stop: Any = None) -> list[Event]:
    """The events of a run whose nodes have these services; ``stop(event, run)`` may cancel it."""
    events: list[Event] = []
    run_: Run

    def emit(event: Event) -> None:
        events.append(event)
        if stop is not None:
            stop(event, run_)

    run_ = Run("run", emit=emit, services={**services, type(table.ran): table.ran})
    await execute(table.plan(data), table.nodes, table.cache, run_)
    return events


async def test_async_calls_overlap() -> None:
    events = await run(bench(wait), fan("Wait", 10), {asyncio.Barrier: asyncio.Barrier(10)})
    assert events[-1] == Succeeded()


async def test_all_items_of_a_list_start_together_in_an_async_call() -> None:
    data = prompt(l=("Numbers", {"count": 5}), w=("Wait", {"n": ["l", 0]}), out=("Show", {"value": ["w", 0]}))
    events = await run(bench(wait), data, {asyncio.Barrier: asyncio.Barrier(5)})
    assert shown(events) == {"out": {"text": [0, 1, 2, 3, 4]}}


async def test_calls_that_need_no_device_overlap() -> None:
    events = await run(bench(meet), fan("Meet", 3), {threading.Barrier: threading.Barrier(3)})
    assert events[-1] == Succeeded()


async def test_a_call_that_needs_no_device_overlaps_with_the_devices_work() -> None:
    data = {**fan("Meet", 1), **prompt(d=("MeetOnDevice", {"n": 1}), out=("Show", {"value": ["d", 0]}))}
    events = await run(bench(meet, meet_on_device), data, {threading.Barrier: threading.Barrier(2)})
    assert events[-1] == Succeeded()


async def test_an_async_call_is_under_way_while_the_device_works() -> None:
    @node("Free", category="t")
    async def free(*, n: Count = 0, flag: threading.Event) -> NUMBER:
        """Lets the device go on."""
        await asyncio.sleep(0)
        flag.set()
        return n

    @node("Held", category="t")
    def held(*, n: Count = 0, flag: threading.Event) -> NUMBER:
        """Waits on the device until it is let go."""
        assert flag.wait(WAIT_S)
        return n

    data = {**fan("Held", 1), **prompt(f=("Free", {}), f2=("Show", {"value": ["f", 0]}))}
    events = await run(bench(free, held), data, {threading.Event: threading.Event()})
    assert events[-1] == Succeeded()


async def test_no_two_calls_are_on_the_device_at_once_and_all_are_in_one_thread() -> None:
    busy = threading.Lock()
    threads: set[int] = set()

    @node("Device", category="t")
    def device(*, n: Count = 0) -> NUMBER:
        """Fails if it is not alone."""
        assert busy.acquire(blocking=False)
        threads.add(threading.get_ident())
        busy.release()
        return n

    events = await run(bench(device, meet), {**fan("Device", 50)}, {})
    assert (events[-1], len(threads)) == (Succeeded(), 1)
    assert threading.get_ident() not in threads


async def test_the_event_loop_lives_while_nodes_work() -> None:
    @node("Block", category="t", output=True)
    def block(*, flag: threading.Event) -> None:
        """Needs the loop to go on."""
        assert flag.wait(WAIT_S)

    flag = threading.Event()
    asyncio.get_running_loop().call_later(0.01, flag.set)
    assert (await run(bench(block), prompt(b=("Block", {})), {threading.Event: flag}))[-1] == Succeeded()


async def test_the_devices_thread_can_be_one_that_outlives_the_run() -> None:
    names: set[str] = set()

    @node("Where", category="t", output=True)
    def where(*, n: Count = 0) -> None:
        """Says where it is."""
        names.add(threading.current_thread().name)

    table = bench(where)
    with ThreadPoolExecutor(1, thread_name_prefix="device") as device:
        for n in range(3):
            await execute(
                table.plan(prompt(w=("Where", {"n": n}))),
                table.nodes,
                table.cache,
                table.open_run(lambda _: None),
                device=device,
            )
    assert names == {"device_0"}


async def test_each_thread_that_calls_nodes_is_inside_what_the_run_puts_around() -> None:
    inside = threading.local()
    found: list[bool] = []

    class Around:
        def __enter__(self) -> None:
            inside.it = True

        def __exit__(self, *_: object) -> None:
            inside.it = False

    @node("Look", category="t", needs_device=False)
    def look(*, n: Count = 0, gate: threading.Barrier) -> NUMBER:
        """Looks where it is."""
        gate.wait(WAIT_S)
        found.append(getattr(inside, "it", False))
        return n

    table = bench(look)
    services: dict[type, Any] = {threading.Barrier: threading.Barrier(3), type(table.ran): table.ran}
    run_ = Run("run", emit=lambda _: None, services=services, around=Around)
    await execute(table.plan(fan("Look", 3)), table.nodes, table.cache, run_)
    assert found == [True] * 3


async def test_calls_know_who_they_are_in_every_thread_and_task() -> None:
    found: set[tuple[str, int]] = set()

    @node("Who", category="t", needs_device=False)
    def who(*, n: NUMBER = 0) -> NUMBER:
        """Notes who it is."""
        found.add((current_call.get(), current_item.get()))
        return n

    @node("WhoLater", category="t")
    async def who_later(*, n: NUMBER = 0) -> NUMBER:
        """Notes who it is, later."""
        await asyncio.sleep(0)
        found.add((current_call.get(), current_item.get()))
        return n

    data = prompt(l=("Numbers", {"count": 2}))
    for i, name in enumerate(("Who", "Who", "WhoLater", "WhoLater")):
        data |= prompt(**{f"w{i}": (name, {"n": ["l", 0]}), f"o{i}": ("Show", {"value": [f"w{i}", 0]})})
    await run(bench(who, who_later), data, {})
    assert found == {(f"w{i}", n) for i in range(4) for n in range(2)}


async def test_a_failure_while_async_calls_are_under_way_fails_the_run_and_ends_them() -> None:
    ended: list[str] = []

    @node("Forever", category="t")
    async def forever() -> NUMBER:
        """Never comes back by itself."""
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append("forever")
        return 0

    data = prompt(f=("Forever", {}), b=("Fail", {"value": 1}), s=("Add", {"a": ["f", 0], "b": ["b", 0]}))
    events = await run(bench(forever), {**data, **prompt(out=("Show", {"value": ["s", 0]}))}, {})
    assert (type(events[-1]), ended) == (Failed, ["forever"])


async def test_a_failing_async_call_fails_the_run() -> None:
    @node("Trip", category="t", output=True)
    async def trip() -> None:
        """Fails later."""
        await asyncio.sleep(0)
        raise ValueError("tripped")

    last = (await run(bench(trip), prompt(t=("Trip", {})), {}))[-1]
    assert isinstance(last, Failed)
    assert (last.call, last.message) == ("t", "tripped")


def cancel_at_progress(event: Event, run_: Run) -> None:
    if isinstance(event, CallProgress):
        run_.cancel()


async def test_a_cancelled_run_stops_at_the_next_progress_and_says_where() -> None:
    @node("Steps", category="t", output=True)
    def steps(*, run: Run) -> None:
        """Would go on for ever."""
        try:
            while True:
                run.progress(1, 2)
        except Exception as error:  # nodes do this; a Cancelled must get through
            raise AssertionError from error

    events = await run(bench(steps), prompt(s=("Steps", {})), {}, stop=cancel_at_progress)
    assert events[-1] == Interrupted("s", "Steps", ())


async def test_a_cancelled_run_stops_before_the_next_call() -> None:
    def stop(event: Event, run_: Run) -> None:
        if event == CallStarted("b", "Add", "b"):
            run_.cancel()

    data = prompt(a=("Number", {"value": 1}), b=("Add", {"a": ["a", 0]}), out=("Show", {"value": ["b", 0]}))
    events = await run(Bench(), data, {}, stop=stop)
    assert (started(events), events[-1]) == (["a", "b"], Interrupted("", "", ("a", "b")))


async def test_a_cancelled_run_keeps_what_was_finished() -> None:
    data = prompt(a=("Number", {"value": 1}), s=("Steps", {"x": ["a", 0]}))

    @node("Steps", category="t", output=True)
    def steps(*, x: ANYTHING, run: Run) -> None:
        """Reports once, then again."""
        run.progress(1, 2)
        run.progress(2, 2)

    table = bench(steps)
    await run(table, data, {}, stop=cancel_at_progress)
    assert table.plan(data).cached == ("a",)


async def test_waiting_async_calls_are_ended_by_a_cancel() -> None:
    @node("Forever", category="t", output=True)
    async def forever(*, run: Run) -> None:
        """Cancels its own run, then waits."""
        asyncio.get_running_loop().call_later(0.01, run.cancel)
        await asyncio.sleep(3600)

    events = await run(bench(forever), prompt(f=("Forever", {})), {})
    assert events[-1] == Interrupted("f", "Forever", ())


async def test_a_run_cancelled_before_it_began_runs_nothing() -> None:
    table = Bench()
    events: list[Event] = []
    run_ = table.open_run(events.append)
    run_.cancel()
    await execute(table.plan(prompt(out=("Show", {"value": 1}))), table.nodes, table.cache, run_)
    assert (started(events), events[-1]) == ([], Interrupted("", "", ()))


async def test_cancelling_the_task_that_waits_stops_the_run_and_leaves_no_thread_behind() -> None:
    at_work = asyncio.Event()
    loop = asyncio.get_running_loop()

    @node("Steps", category="t", output=True)
    def steps(*, run: Run) -> None:
        """Reports until it is stopped."""
        loop.call_soon_threadsafe(at_work.set)
        while True:
            run.progress(1, 2)

    table = bench(steps)
    events: list[Event] = []
    task = asyncio.create_task(
        execute(table.plan(prompt(s=("Steps", {}))), table.nodes, table.cache, table.open_run(events.append))
    )
    await at_work.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert events[-1] == Interrupted("s", "Steps", ())


async def test_a_node_may_stop_the_run_itself() -> None:
    @node("Stop", category="t", output=True)
    def stop() -> None:
        """Has seen enough."""
        raise Cancelled

    assert (await run(bench(stop), prompt(s=("Stop", {})), {}))[-1] == Interrupted("s", "Stop", ())


async def test_an_error_of_the_engines_own_reaches_the_caller_and_hangs_nobody() -> None:
    class Broken:
        def get(self, key: bytes) -> None:
            return None

        def put(self, key: bytes, entry: Any) -> None:
            raise MemoryError("the cache itself")

        def __contains__(self, key: bytes) -> bool:
            return False

        def clear(self) -> None:
            pass

    table = bench(wait, cache=Broken())
    for name in ("Show", "Wait"):
        data = prompt(a=(name, {"value": 1} if name == "Show" else {"n": 1}))
        services: dict[type, Any] = {asyncio.Barrier: asyncio.Barrier(1), type(table.ran): table.ran}
        run_ = Run("run", emit=lambda _: None, services=services)
        with pytest.raises(MemoryError):
            await execute(table.plan(data, ["a"]), table.nodes, table.cache, run_)


def test_runs_may_go_on_at_the_same_time() -> None:
    table = bench(wait)

    async def both() -> list[list[Event]]:
        gate = asyncio.Barrier(2)
        graphs = [prompt(w=("Wait", {"n": i}), out=("Show", {"value": ["w", 0]})) for i in range(2)]
        return list(await asyncio.gather(*(run(table, g, {asyncio.Barrier: gate}) for g in graphs)))

    assert [shown(events) for events in asyncio.run(both())] == [{"out": {"text": [i]}} for i in range(2)]


def test_a_fan_of_many_small_calls_is_no_problem() -> None:
    @node("Light", category="t", needs_device=False)
    def light(*, n: Count = 0) -> Done[NUMBER]:
        """Almost nothing."""
        return Done((n,))

    data = {f"n{i}": {"class_type": "Light", "inputs": {"n": i}} for i in range(2000)}
    data |= {f"s{i}": {"class_type": "Add", "inputs": {"a": [f"n{i}", 0], "b": [f"n{i + 1}", 0]}} for i in range(1999)}
    outputs = [f"s{i}" for i in range(1999)]
    events = bench(light).run(data, outputs)
    assert (events[-1], len(started(events))) == (Succeeded(), 3999)
