"""How the server is reached: other origins that were allowed, https, and a front end that was brought along."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import aiohttp
import pytest

from tests.api.running import Running


async def test_pages_of_an_allowed_origin_may_ask_and_no_others(tmp_path: Path) -> None:
    running = Running(tmp_path, "--enable-cors-header", "https://friend.example")
    try:
        async with running.session() as client:
            async with client.http.options("/prompt", headers={"Origin": "https://friend.example"}) as answer:
                assert answer.status == 200
                assert answer.headers["Access-Control-Allow-Origin"] == "https://friend.example"
                assert "POST" in answer.headers["Access-Control-Allow-Methods"]
            for origin, status in (("https://friend.example", 200), ("https://evil.example", 403), ("null", 403)):
                async with client.http.get("/queue", headers={"Origin": origin}) as answer:
                    assert answer.status == status, origin
    finally:
        running.stop()


async def test_a_front_end_that_was_brought_along_may_run_what_its_start_page_holds(tmp_path: Path) -> None:
    page = tmp_path / "page"
    page.mkdir()
    (page / "index.html").write_text("<script>alert(1)</script><script src='a.js'></script>")
    (page / "extensions" / "core").mkdir(parents=True)
    (page / "extensions" / "core" / "a b.js").write_text("export {}")
    running = Running(tmp_path, "--front-end-root", str(page))
    try:
        async with running.session() as client:
            async with client.http.get("/") as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert "sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=" in policy  # of alert(1)
                assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
            assert await client.get("/extensions") == ["/extensions/core/a%20b.js"]
            async with client.http.get("/extensions/core/a%20b.js") as answer:
                assert (answer.status, answer.content_type) == (200, "text/javascript")
            (tmp_path / "secret.txt").write_text("secret")
            for path in ("core/..%2F..%2Findex.html", "..%2F../secret.txt", "..%2F..%2Fpage/index.html", "core/%2Fx"):
                async with client.http.get(f"/extensions/{path}") as answer:
                    assert answer.status in (400, 404), path
    finally:
        running.stop()


async def test_https_is_served_with_a_key_and_its_certificate(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    running = Running(tmp_path, "--tls-keyfile", str(key), "--tls-certfile", str(certificate))
    try:
        assert running.url.startswith("https://127.0.0.1:")
        trusted = ssl.create_default_context(cafile=str(certificate))
        trusted.check_hostname = False
        async with (
            aiohttp.ClientSession(running.url, connector=aiohttp.TCPConnector(ssl=trusted)) as http,
            http.get("/queue") as answer,
        ):
            assert answer.status == 200
    finally:
        running.stop()


def test_https_without_what_it_needs_is_told_in_a_sentence(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("no key")
    with pytest.raises(AssertionError, match="https needs both --tls-keyfile and --tls-certfile"):
        Running(tmp_path, "--tls-keyfile", str(key))
    with pytest.raises(AssertionError, match=r"key\.pem and key\.pem are not a certificate and its key"):
        Running(tmp_path, "--tls-keyfile", str(key), "--tls-certfile", str(key))
