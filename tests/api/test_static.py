"""The editor's files, served from a folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.api.running import Client, Running

_SCRIPT = "export const many = 1;\n" * 200


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server over a small built front end."""
    root = tmp_path_factory.mktemp("dist")
    (root / "assets").mkdir()
    (root / "index.html").write_text("<!doctype html><title>Easel</title>")
    (root / "assets" / "index-AbC_1234.js").write_text(_SCRIPT)
    (root / "queue").write_text("not the queue")
    (root / ".secret").write_text("no")
    (root.parent / "outside.txt").write_text("no")
    running = Running(tmp_path_factory.mktemp("base"), "--front-end-root", str(root))
    yield running
    running.stop()


@pytest.fixture
async def page(built: Running) -> AsyncIterator[Client]:
    async with built.session() as client:
        yield client


async def test_the_start_page_is_asked_for_again_each_time(page: Client) -> None:
    async with page.http.get("/") as answer:
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-cache")
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        etag = answer.headers["ETag"]
    async with page.http.get("/", headers={"If-None-Match": etag}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")


async def test_files_with_a_hash_in_their_name_are_kept_for_a_year_and_sent_compressed(page: Client) -> None:
    async with page.http.get("/assets/index-AbC_1234.js") as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert answer.headers["Content-Encoding"] == "gzip"
        assert await answer.text() == _SCRIPT
    async with page.http.get("/assets/index-AbC_1234.js", headers={"Accept-Encoding": "identity"}) as answer:
        assert "Content-Encoding" not in answer.headers
        assert await answer.text() == _SCRIPT


@pytest.mark.parametrize("path", ["/.secret", "/..%2Foutside.txt", "/assets/..%2F..%2Foutside.txt", "/assets", "/%00"])
async def test_nothing_but_files_of_the_folder_is_served(page: Client, path: str) -> None:
    async with page.http.get(path) as answer:
        assert answer.status in (400, 404)
        assert await answer.read() != b"no"


async def test_routes_come_before_files_of_the_same_name(page: Client) -> None:
    assert await page.get("/queue") == {"queue_running": [], "queue_pending": []}
