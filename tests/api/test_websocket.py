"""The websocket: who hears what, in which order."""

from __future__ import annotations

import asyncio
import io
import json
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from PIL import Image

from tests.api.running import Client, Running, call, shown, work
from worker.meter import open_process_gauge

SEVERAL = {"1": call("Number", value=4), "2": call("Add", a=["1", 0], b=2), "3": call("Show", value=["2", 0])}


class Ear:
    """A websocket client."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.pictures: list[bytes] = []

    async def hear(self, timeout_s: float = 10.0) -> dict[str, Any]:
        """The next text message; pictures are put aside."""
        while True:
            message = await self.socket.receive(timeout_s)
            if message.type is aiohttp.WSMsgType.BINARY:
                self.pictures.append(message.data)
                continue
            assert message.type is aiohttp.WSMsgType.TEXT, message
            found: dict[str, Any] = json.loads(message.data)
            return found

    async def hear_out(self, job_id: str) -> list[dict[str, Any]]:
        """All messages up to the last one of that job."""
        heard = []
        while True:
            heard.append(await self.hear())
            if heard[-1]["type"] == "executing" and heard[-1]["data"] == {"node": None, "prompt_id": job_id}:
                return heard

    async def hear_out_numbered(self, job_id: str) -> list[dict[str, Any]]:
        """All messages up to the last one of that job, from a socket that was asked for numbers."""
        heard = []
        while True:
            heard.append(await self.hear())
            assert heard[-1]["seq"] > 0
            if heard[-1]["data"] == {"node": None, "prompt_id": job_id}:
                return heard

    async def silence(self, seconds: float = 0.2) -> list[dict[str, Any]]:
        """What is heard in that time."""
        heard = []
        try:
            while True:
                heard.append(await self.hear(seconds))
        except TimeoutError:
            return heard


@asynccontextmanager
async def ear(client: Client, name: str) -> AsyncIterator[Ear]:
    async with client.http.ws_connect(f"/ws?clientId={name}") as socket:
        listener = Ear(socket)
        greeting = await listener.hear()
        assert (greeting["type"], greeting["data"]["sid"]) == ("status", name)
        yield listener


def spoken(messages: list[dict[str, Any]]) -> list[str]:
    """The kinds of messages, progress snapshots left out (they are thinned out in time)."""
    return [m["type"] for m in messages if m["type"] != "progress_state"]


async def test_a_run_is_told_in_the_documented_order(client: Client) -> None:
    async with ear(client, "a") as listener:
        job_id = await client.submit(SEVERAL, client_id="a")
        heard = await listener.hear_out(job_id)
    assert spoken(heard) == [
        "status",
        "status",
        "execution_start",
        "execution_cached",
        "executing",
        "executing",
        "executing",
        "executed",
        "execution_success",
        "status",
        "executing",
    ]
    remaining = [m["data"]["status"]["exec_info"]["queue_remaining"] for m in heard if m["type"] == "status"]
    assert remaining == [1, 1, 0]
    executing = [m["data"] for m in heard if m["type"] == "executing"]
    assert executing[0] == {"node": "1", "display_node": "1", "prompt_id": job_id}
    executed = next(m["data"] for m in heard if m["type"] == "executed")
    assert executed == {"node": "3", "display_node": "3", "output": {"text": ["6"]}, "prompt_id": job_id}
    snapshots = [m["data"] for m in heard if m["type"] == "progress_state"]
    assert heard.index({"type": "progress_state", "data": snapshots[0]}) < heard.index(
        {"type": "executing", "data": executing[0]}
    )
    assert {i: p["state"] for i, p in snapshots[-1]["nodes"].items()} == dict.fromkeys("123", "finished")


async def test_a_snapshot_tells_what_a_call_took(client: Client) -> None:
    async with ear(client, "took") as listener:
        graph = {"1": call("Hold", bytes=48_000_000, seconds=0.05), **shown(["1", 0])}
        heard = await listener.hear_out(await client.submit(graph, client_id="took"))
    held = [m["data"]["nodes"]["1"] for m in heard if m["type"] == "progress_state"][-1]
    assert 0.05 <= held["seconds"] < 5
    if open_process_gauge() is None:
        assert "memory_bytes" not in held
    else:
        assert 40_000_000 < held["memory_bytes"] < 96_000_000


async def test_a_cached_run_tells_what_it_has_kept(client: Client) -> None:
    async with ear(client, "b") as listener:
        await client.entry(await client.submit(SEVERAL))
        await listener.silence()
        job_id = await client.submit(SEVERAL, client_id="b")
        heard = await listener.hear_out(job_id)
    assert spoken(heard)[2:-2] == ["execution_start", "execution_cached", "executed", "execution_success"]
    assert heard[3]["data"]["nodes"] == ["1", "2", "3"]


async def test_history_is_there_when_the_last_message_comes(client: Client) -> None:
    async with ear(client, "c") as listener:
        for salt in range(20):
            job_id = await client.submit(shown(salt), client_id="c")
            await listener.hear_out(job_id)
            assert job_id in await client.get(f"/history/{job_id}")


async def test_a_failing_node_is_named_and_no_success_follows(client: Client) -> None:
    async with ear(client, "d") as listener:
        job_id = await client.submit(
            {"1": call("Number", value=1), "2": call("Fail", value=["1", 0], message="bad luck"), **shown(["2", 0])},
            client_id="d",
        )
        heard = await listener.hear_out(job_id)
    assert spoken(heard)[-3:] == ["execution_error", "status", "executing"]
    error = next(m["data"] for m in heard if m["type"] == "execution_error")
    assert error["traceback"]
    assert "tiny_nodes.py" in error["traceback"][-1]
    del error["traceback"], error["timestamp"]
    assert error == {
        "prompt_id": job_id,
        "node_id": "2",
        "node_type": "Fail",
        "executed": ["1"],
        "exception_message": "bad luck",
        "exception_type": "ValueError",
        "current_inputs": {"value": [1], "message": ["bad luck"]},
        "current_outputs": [],
    }
    entry = await client.entry(job_id)
    assert entry["status"]["status_str"] == "error"
    assert entry["status"]["messages"][-1][0] == "execution_error"


async def test_a_sentence_of_a_node_comes_without_traceback(client: Client) -> None:
    entry = await client.entry(await client.submit({"1": call("Refuse", message="Too hot."), **shown(["1", 0])}))
    error = entry["status"]["messages"][-1][1]
    assert (error["exception_message"], error["traceback"]) == ("Too hot.", [])


async def test_progress_is_told_up_to_the_last_step_but_not_each_step(client: Client) -> None:
    async with ear(client, "e") as listener:
        job_id = await client.submit(work(500, 0.0005), client_id="e")
        heard = await listener.hear_out(job_id)
    progress = [m["data"] for m in heard if m["type"] == "progress"]
    assert progress[-1] == {"value": 500, "max": 500, "node": "1", "prompt_id": job_id}
    assert 2 <= len(progress) < 60


async def test_previews_come_as_pictures_with_their_node_where_that_was_agreed(client: Client) -> None:
    async with ear(client, "f") as listener:
        await listener.socket.send_str('{"type":"feature_flags","data":{"supports_preview_metadata":true}}')
        told = await listener.hear()
        assert (told["type"], told["data"]["supports_preview_metadata"]) == ("feature_flags", True)
        job_id = await client.submit(work(5, 0.05), client_id="f")
        await listener.hear_out(job_id)
    picture = listener.pictures[0]
    kind, size = struct.unpack(">II", picture[:8])
    about = json.loads(picture[8 : 8 + size])
    assert kind == 4
    assert about == {
        "node_id": "1",
        "prompt_id": job_id,
        "display_node_id": "1",
        "parent_node_id": None,
        "real_node_id": "1",
        "image_type": "image/jpeg",
    }
    assert picture[8 + size :].startswith(b"\xff\xd8")


async def test_previews_come_as_bare_jpeg_otherwise_if_they_are_asked_for(client: Client) -> None:
    async with ear(client, "g") as listener:
        await listener.hear_out(await client.submit(work(5, 0.05), client_id="g"))
        assert not listener.pictures
        await listener.hear_out(
            await client.submit(work(5, 0.05), client_id="g", extra_data={"preview_method": "auto"})
        )
        assert listener.pictures
        assert all(p[:8] == struct.pack(">II", 1, 1) and p[8:10] == b"\xff\xd8" for p in listener.pictures)
        listener.pictures.clear()
        await listener.hear_out(
            await client.submit(work(5, 0.05), client_id="g", extra_data={"preview_method": "none"})
        )
        assert not listener.pictures


async def test_pictures_that_a_node_sends_whole_all_arrive_while_it_is_the_one_at_work(client: Client) -> None:
    async with ear(client, "w") as listener:
        job_id = await client.submit(
            {"1": call("Stream", count=3)}, client_id="w", extra_data={"preview_method": "none"}
        )
        at_work = []
        while (heard := await listener.hear())["data"].get("prompt_id") != job_id or heard["data"].get(
            "node", ""
        ) is not None:
            if heard["type"] == "executing":
                at_work.append((heard["data"]["node"], len(listener.pictures)))
    assert at_work == [("1", 0)]
    colours = []
    for picture in listener.pictures:
        assert picture[:8] == struct.pack(">II", 1, 2)
        with Image.open(io.BytesIO(picture[8:])) as image:
            colours.append((image.format, image.size, image.getpixel((0, 0))))
    assert colours == [("PNG", (700, 20), (number, 0, 0)) for number in range(3)]


async def test_nobody_hears_of_anothers_run_but_the_length_of_the_queue(client: Client) -> None:
    async with ear(client, "h") as mine, ear(client, "i") as other:
        await mine.hear_out(await client.submit(work(3, 0.05), client_id="h"))
        await client.entry(await client.submit(work(3, 0.05)))
        assert {m["type"] for m in await other.silence()} == {"status"}
        assert not other.pictures


async def test_a_client_that_vanishes_mid_run_harms_nobody_and_hears_on_when_it_returns(client: Client) -> None:
    async with ear(client, "j") as first:
        job_id = await client.submit(work(40, 0.02), client_id="j")
        while (await first.hear())["type"] != "progress":
            pass
        transport = first.socket.get_extra_info("socket")
        assert transport is not None
        first.socket._response.close()  # gone without a goodbye
        async with client.http.ws_connect("/ws?clientId=j") as socket:
            again = Ear(socket)
            assert (await again.hear())["type"] == "status"
            assert (await again.hear())["data"] == {"node": "1", "display_node": "1", "prompt_id": job_id}
            heard = await again.hear_out(job_id)
    assert "execution_success" in spoken(heard)


async def test_noise_on_the_socket_is_passed_over(client: Client) -> None:
    async with ear(client, "k") as listener:
        for noise in ("", "{", "[]", '{"type":"feature_flags"}', "x" * 1000):
            await listener.socket.send_str(noise)
        await listener.socket.send_bytes(b"\x00\xff")
        job_id = await client.submit(shown(1), client_id="k")
        assert "execution_success" in spoken(await listener.hear_out(job_id))


async def test_a_fan_of_a_thousand_nodes_is_told_in_less_than_a_megabyte(client: Client) -> None:
    fan: dict[str, Any] = {f"n{i}": call("Seed", seed=10**9 + i) for i in range(1000)}
    level = list(fan)
    while len(level) > 1:
        above = []
        for i in range(0, len(level), 3):
            links = dict(zip("abc", ([node, 0] for node in level[i : i + 3]), strict=False))
            fan[f"s{level[i]}"] = call("Sum", **links)
            above.append(f"s{level[i]}")
        level = above
    async with ear(client, "l") as listener:
        job_id = await client.submit({**fan, **shown([level[0], 0])}, client_id="l")
        heard = await listener.hear_out(job_id)
    assert sum(len(json.dumps(m)) for m in heard) < 1_000_000
    nodes = {m["data"]["node"] for m in heard if m["type"] == "executing"} - {None}
    assert nodes == {*fan, "s"}


async def test_32_clients_at_once_each_hear_of_their_own_runs(server: Running) -> None:
    async def one(number: int) -> None:
        async with server.session() as client, ear(client, f"m{number}") as listener:
            for turn in range(3):
                value = 1000 * number + turn
                job_id = await client.submit(shown(value), client_id=f"m{number}")
                heard = [m for m in await listener.hear_out(job_id) if m["type"] == "executed"]
                assert [m["data"]["output"] for m in heard] == [{"text": [str(value)]}]

    await asyncio.gather(*(one(number) for number in range(32)))


async def test_a_client_that_comes_back_hears_what_it_missed_each_message_once(client: Client) -> None:
    async with client.http.ws_connect("/ws?clientId=resumed&since=0") as socket:
        first = Ear(socket)
        early = [await first.hear()]
        job_id = await client.submit(work(60, 0.02), client_id="resumed")
        while early[-1]["type"] != "executing":
            early.append(await first.hear())
    assert [m["seq"] for m in early] == list(range(1, len(early) + 1))
    await client.entry(job_id)
    async with client.http.ws_connect(f"/ws?clientId=resumed&since={early[-1]['seq']}") as socket:
        late = await Ear(socket).hear_out_numbered(job_id)
    told = [(m["type"], m["data"].get("node")) for m in late if m["type"] not in ("status", "progress_state")]
    assert told == [
        ("executing", "s"),
        ("executed", "s"),
        ("execution_success", None),
        ("executing", None),
    ]
    numbers = [m["seq"] for m in late if m["type"] != "status"]
    assert numbers == sorted(numbers)
    assert numbers[0] > early[-1]["seq"]


async def test_who_asks_for_no_numbers_gets_none_and_nothing_again(client: Client) -> None:
    async with ear(client, "plain"):
        pass
    await client.entry(await client.submit(shown("unheard"), client_id="plain"))
    async with ear(client, "plain") as listener:
        assert await listener.silence() == []
