"""POST /prompt that waits for its result, webhooks, and pictures inside the request."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from PIL import Image

from tests.api.running import Client, Running, call, shown, work


async def test_who_waits_gets_the_outputs_in_the_answer(client: Client) -> None:
    answer = await client.post("/prompt", {"prompt": shown("hello"), "wait": True})
    assert (answer["status"], answer["outputs"]) == ("completed", {"s": {"text": ["hello"]}})


async def test_who_waits_for_a_job_that_fails_is_told_why(client: Client) -> None:
    prompt = {"1": call("Fail", value=1, message="bad luck"), **shown(["1", 0])}
    answer = await client.post("/prompt", {"prompt": prompt, "wait": 20})
    assert (answer["status"], answer["error"]["exception_message"]) == ("failed", "bad luck")


async def test_who_waits_no_longer_than_so_long_is_told_how_the_job_stands(client: Client) -> None:
    answer = await client.post("/prompt", {"prompt": work(3000, 0.02), "wait": 0.3})
    assert (answer["status"], answer["outputs"]) == ("in_progress", {})
    waiting = asyncio.create_task(client.post("/prompt", {"prompt": shown(1), "wait": True}))
    await asyncio.sleep(0.2)
    await client.post("/queue", {"clear": True})
    assert (await waiting)["status"] == "cancelled"
    await client.post("/interrupt", {})
    await client.entry(answer["prompt_id"])


@asynccontextmanager
async def ear(status: int = 200) -> AsyncIterator[tuple[str, list[Any]]]:
    """A small server that hears webhooks: its address, and what it heard."""
    heard: list[Any] = []

    async def hear(request: web.Request) -> web.Response:
        heard.append(await request.json())
        return web.Response(status=status if len(heard) == 1 else 200)

    app = web.Application()
    app.router.add_post("/done", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/done", heard
    finally:
        await runner.cleanup()


async def test_a_webhook_is_told_how_the_job_ended_and_again_until_it_listens(tmp_path: Path) -> None:
    running = Running(tmp_path, "--allow-webhook-host", "127.0.0.1")
    try:
        async with running.session() as client, ear(status=503) as (url, heard):
            job_id = await client.submit(shown("done"), webhook=url)

            async def was_told_twice() -> bool:
                return len(heard) == 2

            await client.until(was_told_twice)
        assert heard[1] == {"prompt_id": job_id, "status": "completed", "outputs": {"s": {"text": ["done"]}}}
    finally:
        running.stop()


async def test_a_webhook_is_told_of_a_job_that_another_server_took_up(tmp_path: Path) -> None:
    running = Running(tmp_path, "--allow-webhook-host", "127.0.0.1")
    try:
        async with ear() as (url, heard):
            async with running.session() as client:
                await client.post("/queue/pause", {})
                job_id = await client.submit(shown("later"), webhook=url)
            running.stop()
            running.start()
            async with running.session() as client:
                await client.post("/queue/resume", {})

                async def was_told() -> bool:
                    return bool(heard)

                await client.until(was_told)
        assert heard[0]["prompt_id"] == job_id
    finally:
        running.stop()


async def test_a_webhook_to_a_host_that_was_not_allowed_is_refused_and_nothing_is_queued(client: Client) -> None:
    for url in ("http://127.0.0.1:1/x", "file:///etc/passwd", "http://evil.example/", "http://[", "no address"):
        answer = await client.post("/prompt", {"prompt": shown(1), "webhook": url, "prompt_id": "hooked"}, status=400)
        assert "--allow-webhook-host" in answer["error"]["message"], url
    assert await client.get("/history/hooked") == {}


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (4, 4), "blue").save(file, "PNG")
    return file.getvalue()


async def test_a_picture_inside_the_request_becomes_a_file_of_the_input_folder_once(
    server: Running, client: Client
) -> None:
    data = "data:image/png;base64," + base64.b64encode(picture()).decode()
    prompt = {"1": call("Open", image=data), **shown(["1", 0])}
    first, second = [await client.post("/prompt", {"prompt": prompt, "wait": True}) for _ in range(2)]
    name = first["outputs"]["s"]["text"][0]
    assert (server.base / "input" / name).read_bytes() == picture()
    assert second["outputs"] == first["outputs"]
    assert len(list((server.base / "input" / "inline").iterdir())) == 1


async def test_data_that_is_no_base64_is_refused_by_the_name_of_its_input(client: Client) -> None:
    for data in ("data:image/png;base64,###", "data:image/png;base64,", "data:;base64,a"):
        prompt = {"1": call("Open", image=data), **shown(["1", 0])}
        answer = await client.post("/prompt", {"prompt": prompt}, status=400)
        assert "image holds data that cannot be read" in answer["error"]["message"], data
