"""Who may ask, and what every answer carries."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from api.guard import is_local_name
from tests.api.running import REPOSITORY, Client, Running, shown


async def status(client: Client, method: str, path: str, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.http.request(method, path, headers=named) as answer:
        if answer.status >= 400:
            assert (await answer.json())["error"]["message"].endswith(".")
        return answer.status


async def test_pages_of_other_origins_are_refused_and_null_is_one_of_them(server: Running, client: Client) -> None:
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1", "https://localhost", ""):
        assert await status(client, "POST", "/interrupt", Origin=origin) == 403, origin
        assert await status(client, "GET", "/ws", Origin=origin) == 403, origin
    assert await status(client, "POST", "/interrupt", Origin=server.url) == 200
    assert await status(client, "POST", "/interrupt") == 200


async def test_other_sites_cannot_embed_but_can_link(client: Client) -> None:
    cross = {"Sec_Fetch_Site": "cross-site"}
    assert await status(client, "GET", "/queue", **cross, Sec_Fetch_Mode="no-cors") == 403
    assert await status(client, "GET", "/", **cross, Sec_Fetch_Mode="navigate") == 200
    assert await status(client, "GET", "/queue", Sec_Fetch_Site="same-origin") == 200


async def test_foreign_names_of_this_machine_are_refused(client: Client) -> None:
    for host in ("evil.example", "evil.example:8188", "127.0.0.1.evil.example", "192.168.1.4", "[::2]:80"):
        assert await status(client, "GET", "/queue", Host=host) == 403, host
    for host in ("localhost", "localhost:1234", "127.0.0.1", "[::1]:8188", "easel.localhost"):
        assert await status(client, "GET", "/queue", Host=host) == 200, host


@pytest.mark.parametrize("name", ["", "[", "[::1", ":", "localhost.evil", "١٢٧.0.0.1"])
def test_odd_names_are_not_local(name: str) -> None:
    assert not is_local_name(name)


async def test_every_answer_says_what_a_browser_may_do_with_it(client: Client) -> None:
    for path in ("/", "/queue", "/nothing", "/view?filename=../x"):
        async with client.http.get(path) as answer:
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_is_not_there_is_refused_in_a_sentence(client: Client) -> None:
    async with client.http.get("/nothing") as answer:
        assert (answer.status, (await answer.json())["error"]["message"]) == (
            404,
            "There is nothing at /nothing. /openapi.html lists the routes.",
        )
    async with client.http.delete("/queue") as answer:
        assert answer.status == 405
        assert "use GET, HEAD, POST" in await answer.text()


async def test_beyond_loopback_a_token_is_asked_for(tmp_path: Path) -> None:
    running = Running(tmp_path, "--listen", "0.0.0.0", "--token", "open-sesame")
    running.url = running.url.replace("0.0.0.0", "127.0.0.1")
    try:
        async with running.session() as client:
            assert await status(client, "GET", "/queue") == 401
            assert await status(client, "GET", "/ws") == 401
            assert await status(client, "GET", "/queue", Authorization="Bearer wrong") == 401
            assert await status(client, "GET", "/queue", Authorization="Bearer open-sesame") == 200
            assert await status(client, "GET", "/queue?token=open-sesame", Host="any.name") == 200
            assert await status(client, "GET", "/?token=open-sesame") == 200
            cookies = [cookie.value for cookie in client.http.cookie_jar]
            assert cookies == []  # an address of numbers; browsers keep it, this client's jar does not
            assert await status(client, "GET", "/queue", Cookie="easel_token=open-sesame") == 200
    finally:
        running.stop()


def test_without_a_token_given_one_is_made_and_printed(tmp_path: Path) -> None:
    running = Running(tmp_path, "--listen", "0.0.0.0")
    running.stop()
    assert len(running.token) >= 24


def test_the_server_never_loads_torch() -> None:
    code = "import sys, server, api.serve; sys.exit('torch' in sys.modules or 'diffusion' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False).returncode == 0


def test_the_server_process_stays_small(server: Running) -> None:
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    resident_kb = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    assert resident_kb < 110_000


async def test_requests_while_the_worker_loads_are_answered_or_wait(tmp_path: Path) -> None:
    began = time.monotonic()
    running = Running(tmp_path)
    try:
        async with running.session() as client:
            queue, job_id = await asyncio.gather(client.get("/queue"), client.submit(shown(1)))
            assert queue == {"queue_running": [], "queue_pending": []}
            assert (await client.entry(job_id))["status"]["completed"]
    finally:
        running.stop()
    assert time.monotonic() - began < 30


async def test_a_port_that_is_taken_is_told_in_a_sentence(server: Running, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]
    with pytest.raises(AssertionError, match="Cannot listen on"):
        Running(tmp_path, "--port", port)
