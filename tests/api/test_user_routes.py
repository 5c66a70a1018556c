"""What belongs to a user: settings, files, and who the users are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.api.running import Client, Running, shown, work


async def status(client: Client, method: str, path: str, **more: object) -> int:
    async with client.http.request(method, path, **more) as answer:  # type: ignore[arg-type]  # aiohttp's own
        return answer.status


async def test_settings_are_kept_one_by_one_and_together(own_server: Running) -> None:
    async with own_server.session() as client:
        assert await client.get("/settings") == {}
        await client.post("/settings", {"a.b": 1, "c": [True]})
        await client.post("/api/settings/a.b", "two")
        assert await client.get("/settings/a.b") == "two"
        assert await client.get("/settings/never") is None
    own_server.stop()
    own_server.start()
    async with own_server.session() as client:
        assert await client.get("/settings") == {"a.b": "two", "c": [True]}


async def test_settings_that_are_no_json_are_put_aside(own_server: Running) -> None:
    async with own_server.session() as client:
        await client.post("/settings", {"a": 1})
        path = own_server.base / "user" / "default" / "comfy.settings.json"
        path.write_text("{broken")
        assert await client.get("/settings") == {}
        await client.post("/settings", {"b": 2})
        assert await client.get("/settings") == {"b": 2}
        assert path.with_suffix(".broken.json").read_text() == "{broken"


async def test_files_are_written_listed_read_moved_and_deleted(client: Client) -> None:
    assert await client.get("/userdata?dir=workflows") == []
    for name in ("workflows%2Fa.json", "workflows/deep/b.json"):
        async with client.http.post(f"/userdata/{name}", data=b'{"nodes": []}') as answer:
            assert await answer.json() == name.replace("%2F", "/")
    assert await client.get("/userdata?dir=workflows") == ["a.json"]
    assert await client.get("/userdata?dir=workflows&recurse=true") == ["a.json", "deep/b.json"]
    assert await client.get("/userdata?dir=workflows&recurse=true&split=true") == [
        ["a.json", "a.json"],
        ["deep/b.json", "deep", "b.json"],
    ]
    [found] = await client.get("/userdata?dir=workflows&full_info=true")
    assert (found["path"], found["size"], found["modified"] > 1e9) == ("a.json", 13, True)
    tree = await client.get("/v2/userdata?path=workflows")
    assert [(e["path"], e["type"]) for e in tree] == [
        ("workflows/a.json", "file"),
        ("workflows/deep", "directory"),
        ("workflows/deep/b.json", "file"),
    ]
    async with client.http.get("/userdata/workflows%2Fa.json") as answer:
        assert (await answer.read(), answer.content_type) == (b'{"nodes": []}', "application/json")
    assert await status(client, "POST", "/userdata/workflows%2Fa.json?overwrite=false", data=b"x") == 409
    async with client.http.post("/userdata/workflows%2Fa.json/move/workflows%2Fc.json?full_info=true") as answer:
        assert (await answer.json())["path"] == "workflows/c.json"
    assert (
        await status(client, "POST", "/userdata/workflows%2Fc.json/move/workflows%2Fdeep%2Fb.json?overwrite=false")
        == 409
    )
    for name in ("workflows%2Fdeep", "workflows%2Fdeep%2Fb.json%2Fx"):
        assert await status(client, "POST", f"/userdata/workflows%2Fc.json/move/{name}") == 400
        assert await status(client, "POST", f"/userdata/{name}", data=b"x") == 400
    assert await status(client, "DELETE", "/userdata/workflows%2Fc.json") == 204
    assert await status(client, "DELETE", "/userdata/workflows%2Fc.json") == 404
    assert await status(client, "GET", "/userdata/workflows%2Fc.json") == 404
    assert await status(client, "GET", "/userdata") == 400
    assert await status(client, "GET", "/userdata?dir=nothing") == 404


@pytest.mark.parametrize(
    ("name", "refused"),
    [("..%2Fjobs.sqlite", 403), ("%2Fetc%2Fpasswd", 403), ("workflows%2F..%2F..%2Fx", 403), ("a%00b", 400)],
)
async def test_files_of_others_cannot_be_reached(client: Client, server: Running, name: str, refused: int) -> None:
    before = (server.base / "user" / "jobs.sqlite").stat().st_ino
    for method, path in (
        ("GET", f"/userdata/{name}"),
        ("POST", f"/userdata/{name}"),
        ("DELETE", f"/userdata/{name}"),
        ("POST", f"/userdata/workflows%2Fx.json/move/{name}"),
        ("GET", f"/userdata?dir={name}"),
        ("GET", f"/v2/userdata?path={name}"),
    ):
        assert await status(client, method, path, data=b"x") == refused, (method, path)
    assert (server.base / "user" / "jobs.sqlite").stat().st_ino == before


async def test_a_users_page_is_sent_as_a_download_but_styles_as_styles(client: Client) -> None:
    async with client.http.get("/user.css") as answer:
        assert (await answer.text(), answer.content_type) == ("", "text/css")
    await client.http.post("/userdata/user.css", data=b"a {}")
    await client.http.post("/userdata/page.html", data=b"<script>alert(1)</script>")
    for path in ("/user.css", "/api/userdata/user.css"):
        async with client.http.get(path) as answer:
            assert (await answer.text(), answer.content_type) == ("a {}", "text/css")
    async with client.http.get("/userdata/page.html") as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")


async def test_one_user_needs_no_name(client: Client) -> None:
    assert (await client.get("/users"))["storage"] == "server"
    answer = await client.post("/users", {"username": "Ada"}, status=400)
    assert answer == {"error": "This server has one user. Start it with --multi-user for more."}


async def test_several_users_have_their_own_settings_and_files(tmp_path: Path) -> None:
    running = Running(tmp_path, "--multi-user")
    try:
        async with running.session() as client:
            ada, bob = [await client.post("/users", {"username": name}) for name in ("Ada", "Bob / ..")]
            assert "/" not in bob
            assert (await client.get("/users"))["users"] == {ada: "Ada", bob: "Bob / .."}
            assert "already is a user 'Ada'" in (await client.post("/users", {"username": "Ada"}, status=400))["error"]
            for user, value in ((ada, 1), (bob, 2)):
                async with client.http.post("/settings/x", json=value, headers={"Comfy-User": user}) as answer:
                    assert answer.status == 200
            assert await client.get("/settings", headers={"Comfy-User": ada}) == {"x": 1}
            for stranger in ("", "nobody", "..", "default", "__system"):
                for path in ("/settings", "/userdata?dir=workflows"):
                    assert await status(client, "GET", path, headers={"Comfy-User": stranger}) == 401, stranger
    finally:
        running.stop()


async def test_several_users_have_their_own_queue_and_history(tmp_path: Path) -> None:
    running = Running(tmp_path, "--multi-user")
    try:
        async with running.session() as nobody:
            ada, bob = [await nobody.post("/users", {"username": name}) for name in ("Ada", "Bob")]
            async with as_user(running, ada) as first, as_user(running, bob) as second:
                done = await first.submit(shown(1))
                await first.entry(done)
                runs, waits = await first.submit(work(200, 0.05)), await second.submit(shown(2))
                await first.until_running(runs)
                queues = [await client.get("/queue") for client in (first, second, nobody)]
                assert [[item[1] for item in q["queue_running"]] for q in queues] == [[runs], [], []]
                assert [[item[1] for item in q["queue_pending"]] for q in queues] == [[], [waits], []]
                assert [list(await c.get("/history")) for c in (first, second, nobody)] == [[done], [], []]
                listed = [{job["id"] for job in (await c.get("/api/jobs"))["jobs"]} for c in (first, second, nobody)]
                assert listed == [{done, runs}, {waits}, set()]
                assert await second.get(f"/history/{done}") == {}
                for path in (f"/api/jobs/{done}", f"/api/jobs/{runs}"):
                    assert await status(second, "GET", path) == 404
                await second.post("/interrupt", {})
                assert await second.post(f"/api/jobs/{runs}/cancel", {}) == {"cancelled": False, "job_ids": []}
                await second.post(f"/api/jobs/{runs}/move", {"front": True}, status=404)
                await first.post("/queue", {"clear": True, "delete": [waits]})
                await second.post("/history", {"clear": True, "delete": [done]})
                assert [item[1] for item in (await second.get("/queue"))["queue_pending"]] == [waits]
                assert list(await first.get("/history")) == [done]
                await first.post("/interrupt", {})
                assert (await second.entry(waits))["outputs"] == {"s": {"text": ["2"]}}
            async with as_user(running, "stranger") as stranger:
                await stranger.post("/prompt", {"prompt": shown(1)}, status=401)
    finally:
        running.stop()


@asynccontextmanager
async def as_user(running: Running, user: str) -> AsyncIterator[Client]:
    """A client that says who it is."""
    async with aiohttp.ClientSession(running.url, headers={"Comfy-User": user}) as http:
        yield Client(http)
