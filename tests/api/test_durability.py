"""Nothing that was accepted is lost: not by a worker's death, nor by the server's, nor by an interrupt."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.api.running import Client, Running, call, shown, work

SLOW = 60


async def ids(client: Client) -> tuple[list[str], list[str]]:
    queue = await client.get("/queue")
    return [item[1] for item in queue["queue_running"]], [item[1] for item in queue["queue_pending"]]


async def test_a_worker_killed_while_it_works_is_replaced_and_the_job_runs_again(
    server: Running, client: Client
) -> None:
    job_id = await client.submit(work(30, 0.02))
    await client.until_running(job_id)
    await asyncio.sleep(0.2)
    os.kill(server.worker_pid(), signal.SIGKILL)
    await client.get("/queue")  # the server goes on answering
    entry = await client.entry(job_id)
    assert entry["status"]["status_str"] == "success"
    assert entry["outputs"]["s"]


async def test_a_node_that_kills_its_worker_once_gets_its_second_attempt(client: Client, tmp_path: Path) -> None:
    prompt = {"1": call("Die", value=1, marker=str(tmp_path / "was here")), **shown(["1", 0])}
    assert (await client.entry(await client.submit(prompt)))["outputs"] == {"s": {"text": ["1"]}}


async def test_a_node_that_kills_every_worker_fails_its_job_by_name_and_the_next_job_runs(client: Client) -> None:
    deadly = await client.submit({"1": call("Die", value=2, marker=""), **shown(["1", 0])})
    following = await client.submit(shown("after"))
    error = (await client.entry(deadly))["status"]["messages"][-1]
    assert error[0] == "execution_error"
    assert (error[1]["node_id"], error[1]["node_type"], error[1]["exception_type"]) == ("1", "Die", "WorkerDied")
    assert "was killed (signal 9" in error[1]["exception_message"]
    assert "in Die (node 1), for the second time" in error[1]["exception_message"]
    assert (await client.entry(following))["outputs"] == {"s": {"text": ["after"]}}


async def test_an_interrupt_stops_the_running_job_and_only_that(client: Client) -> None:
    first, second = await client.submit(work(SLOW * 50, 0.02)), await client.submit(shown("second"))
    await client.until_running(first)
    await client.post("/interrupt", {"prompt_id": second})  # waits, so it is not what runs
    await client.post("/interrupt", {"prompt_id": "unknown"})
    assert await ids(client) == ([first], [second])
    async with client.http.post("/interrupt") as answer:  # no body: whatever runs
        assert answer.status == 200
    entry = await client.entry(first)
    assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("error", False)
    kind, told = entry["status"]["messages"][-1]
    assert (kind, told["node_id"], told["node_type"]) == ("execution_interrupted", "1", "Work")
    assert (await client.entry(second))["outputs"] == {"s": {"text": ["second"]}}


async def test_an_interrupt_of_nothing_does_nothing(client: Client) -> None:
    await client.post("/interrupt", {})
    assert (await client.entry(await client.submit(shown(1))))["status"]["completed"]


async def test_a_node_that_does_not_look_up_is_ended_with_its_worker_when_asked_again(client: Client) -> None:
    job_id = await client.submit({"1": call("Stubborn", seconds=SLOW), **shown(["1", 0])})
    await client.until_running(job_id)
    for _ in range(2):
        await client.post("/interrupt", {"prompt_id": job_id})
        await asyncio.sleep(3.2)
    kind, told = (await client.entry(job_id))["status"]["messages"][-1]
    assert (kind, told["node_type"]) == ("execution_interrupted", "Stubborn")
    log = await client.get("/internal/logs")
    assert "The worker was ended; another one is started." in log.rpartition("does not stop")[2]
    assert (await client.entry(await client.submit(shown(1))))["status"]["completed"]


async def test_waiting_jobs_are_deleted_or_cleared_and_leave_no_history(client: Client) -> None:
    running = await client.submit(work(SLOW * 50, 0.02))
    await client.until_running(running)
    waiting = [await client.submit(shown(i)) for i in range(4)]
    await client.post("/queue", {"delete": [waiting[1], running, "unknown"]})
    assert await ids(client) == ([running], [waiting[0], waiting[2], waiting[3]])
    assert await client.get("/prompt") == {"exec_info": {"queue_remaining": 4}}
    await client.post("/queue", {"clear": True})
    assert await ids(client) == ([running], [])
    await client.post("/interrupt", {})
    await client.entry(running)
    assert not set(waiting) & set(await client.get("/history"))


async def test_numbers_and_front_decide_the_order(client: Client) -> None:
    running = await client.submit(work(SLOW * 50, 0.02))
    await client.until_running(running)
    later = await client.submit(shown("later"))
    first = await client.submit(shown("first"), number=-1e9)
    front = await client.submit(shown("front"), front=True)
    assert (await ids(client))[1] == [first, front, later]
    await client.post("/queue", {"clear": True})
    await client.post("/interrupt", {})
    await client.entry(running)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
async def test_a_restarted_server_has_its_queue_and_history(own_server: Running, end: signal.Signals) -> None:
    async with own_server.session() as client:
        done = await client.submit(shown("done"))
        kept = await client.entry(done)
        running = await client.submit(work(50, 0.02))
        waiting = [await client.submit(shown(f"waiting {i}")) for i in range(3)]
        await client.until_running(running)
    own_server.stop(end)
    own_server.start()
    async with own_server.session() as client:
        assert await client.entry(done) == kept
        for job_id in [running, *waiting]:
            assert (await client.entry(job_id))["status"]["completed"]
        assert list(await client.get("/history")) == [done, running, *waiting]
        following = await client.post("/prompt", {"prompt": shown("new")})
        assert following["number"] > kept["prompt"][0] + 4


async def test_a_job_that_two_servers_died_with_is_not_tried_a_third_time(own_server: Running) -> None:
    async with own_server.session() as client:
        job_id = await client.submit(work(SLOW * 50, 0.02))
        await client.until_running(job_id)
    own_server.stop(signal.SIGKILL)
    own_server.start()
    async with own_server.session() as client:
        await client.until_running(job_id)
    own_server.stop(signal.SIGKILL)
    own_server.start()
    async with own_server.session() as client:
        kind, told = (await client.entry(job_id))["status"]["messages"][-1]
        assert (kind, told["exception_type"]) == ("execution_error", "ServerDied")


async def test_the_worker_ends_with_its_server(own_server: Running) -> None:
    async with own_server.session() as client:
        await client.entry(await client.submit(shown(1)))
    worker = own_server.worker_pid()
    own_server.stop(signal.SIGKILL)

    async def is_gone() -> bool:
        return not Path(f"/proc/{worker}").exists() or "State:\tZ" in Path(f"/proc/{worker}/status").read_text()

    async with own_server.session() as client:
        await client.until(is_gone)


async def test_a_second_server_for_the_same_jobs_does_not_start(own_server: Running) -> None:
    with pytest.raises(AssertionError, match="Another Easel server already uses"):
        Running(own_server.base)


async def test_history_is_paged_and_can_be_forgotten(own_server: Running) -> None:
    async with own_server.session() as client:
        done = [await client.submit(shown(i)) for i in range(7)]
        await client.entry(done[-1])
        assert list(await client.get("/history")) == done
        assert list(await client.get("/history?max_items=2")) == done[-2:]
        assert list(await client.get("/history?max_items=2&offset=1")) == done[1:3]
        assert list(await client.get("/history?offset=5")) == done[5:]
        assert await client.get("/history/unknown") == {}
        await client.post("/history", {"delete": done[:2]})
        assert list(await client.get("/history")) == done[2:]
        await client.post("/history", {"clear": True})
        assert await client.get("/history") == {}
        async with client.http.get("/history?max_items=abc") as answer:
            assert answer.status == 400
            assert "max_items has to be a whole number" in await answer.text()
