"""Whatever comes in by another way than as JSON: paths, forms, sockets. It is never answered with our own failure."""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.running import Running, send
from tests.api.test_any_body import JSON, READS, is_told

SETTINGS = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# Bytes that no text has, too: what is sent is not always UTF-8.
SEGMENT = st.one_of(
    st.text(max_size=12).map(lambda text: urllib.parse.quote(text, safe="")),
    st.binary(max_size=6).map(lambda data: urllib.parse.quote(data, safe="")),
    st.sampled_from(["..", ".", "%2e%2e", "workflows", "%2F", "..%2F..%2Fjobs.sqlite", "a%5Cb", "CON", "x" * 300, ""]),
)
PATH = st.lists(SEGMENT, max_size=4).map("/".join)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that takes no large bodies."""
    running = Running(tmp_path_factory.mktemp("base"), "--max-upload-size", "1")
    yield running
    running.stop()


@SETTINGS
@given(
    path=PATH, method=st.sampled_from(["GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"]), data=st.binary(max_size=9)
)
def test_no_path_below_the_users_files_is_answered_with_our_own_failure(
    guarded: Running, path: str, method: str, data: bytes
) -> None:
    for start in ("/userdata/", "/api/userdata/a.json/move/", "/api/settings/", "/extensions/", "/docs/"):
        request = urllib.request.Request(guarded.url + start + path, data=data, method=method)
        status, text = send(request)
        assert is_told(status, text), (method, start + path, status, text)
    assert (guarded.base / "user" / "jobs.sqlite").is_file()


@SETTINGS
@given(path=st.sampled_from(READS), segment=SEGMENT, query=st.lists(st.tuples(SEGMENT, SEGMENT), max_size=3))
def test_no_query_is_answered_with_our_own_failure(
    guarded: Running, path: str, segment: str, query: list[tuple[str, str]]
) -> None:
    address = "".join(
        segment if part.startswith("{") else part for part in path.replace("{", "\0{").replace("}", "}\0").split("\0")
    )
    url = f"{guarded.url}{address}?{'&'.join(f'{k}={v}' for k, v in query)}"
    status, text = send(urllib.request.Request(url))
    assert is_told(status, text), (url, status, text)


@st.composite
def forms(draw: st.DrawFn) -> bytes:
    """A multipart body of the boundary ``b``: names and contents of any bytes, whole or cut off."""
    names = st.sampled_from([b"image", b"type", b"subfolder", b"overwrite", b"original_ref"]) | st.binary(max_size=6)
    values = st.binary(max_size=12) | st.sampled_from(
        [b"temp", b"../..", b"a/b", b'{"filename": 3}', b"true", b"\x89PNG\r\n"]
    )
    body = b""
    for _ in range(draw(st.integers(0, 4))):
        head = b'--b\r\nContent-Disposition: form-data; name="' + draw(names) + b'"'
        if draw(st.booleans()):
            head += (
                b'; filename="' + draw(st.binary(max_size=8) | st.sampled_from([b"a.png", b"..", b"a/b.png"])) + b'"'
            )
        body += head + b"\r\n\r\n" + draw(values) + b"\r\n"
    body += b"--b--\r\n"
    return body[: draw(st.integers(0, len(body)))] if draw(st.booleans()) else body


@SETTINGS
@given(body=forms(), route=st.sampled_from(["/upload/image", "/upload/mask"]))
def test_no_name_or_content_of_a_form_is_answered_with_our_own_failure(
    guarded: Running, body: bytes, route: str
) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    status, text = send(urllib.request.Request(guarded.url + route, body, headers, method="POST"))
    assert is_told(status, text), (route, body, status, text)
    inside = [p for place in ("input", "output", "temp") for p in (guarded.base / place).rglob("*")]
    assert not [p for p in inside if p.name.endswith(".part")]


MESSAGE = st.one_of(
    st.text(max_size=20),
    st.binary(max_size=20),
    JSON.map(json.dumps),
    st.fixed_dictionaries({"type": st.just("feature_flags"), "data": JSON}).map(json.dumps),
)


@SETTINGS
@given(
    messages=st.lists(MESSAGE, max_size=4),
    query=st.dictionaries(st.sampled_from(["clientId", "since"]), st.text(max_size=9)),
)
def test_no_message_to_the_socket_disturbs_it(guarded: Running, messages: list[Any], query: dict[str, str]) -> None:
    async def talk() -> list[str]:
        heard = []
        async with aiohttp.ClientSession() as http, http.ws_connect(guarded.url + "/ws", params=query) as socket:
            heard.append((await socket.receive_json())["type"])
            for message in messages:
                await (socket.send_bytes(message) if isinstance(message, bytes) else socket.send_str(message))
            async with http.post(guarded.url + "/queue/resume"):  # everybody hears of it
                pass
            while heard[-1] != "status" or len(heard) == 1:
                heard.append((await asyncio.wait_for(socket.receive_json(), 10))["type"])
        return heard

    heard = asyncio.run(talk())
    assert (heard[0], heard[-1]) == ("status", "status")
    assert set(heard) <= {"status", "feature_flags"}


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00", b"GET / HTTP/1.1\r\nA: \x00\r\n\r\n", b"GET / HTTPS/1\r\n\r\n", b"\r\n" * 99]
)
def test_what_is_no_http_is_refused_and_noted_in_a_line(guarded: Running, sent: bytes) -> None:
    place = urllib.parse.urlsplit(guarded.url)
    with socket.create_connection((place.hostname, place.port), timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(1000)
    assert answer == b"" or answer.split()[1] == b"400"
    assert send(urllib.request.Request(guarded.url + "/prompt"))[0] == 200
    assert "Traceback" not in (guarded.base / "log.txt").read_text()


@pytest.mark.parametrize("route", ["/prompt", "/plan", "/settings", "/userdata/a.json", "/upload/image", "/queue"])
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_body_that_is_not_packed_as_it_says_is_refused_and_noted_in_a_line(
    guarded: Running, route: str, encoding: str
) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    status, text = send(urllib.request.Request(guarded.url + route, b"not packed at all", headers, method="POST"))
    assert status == 400
    assert is_told(status, text)
    assert send(urllib.request.Request(guarded.url + "/prompt"))[0] == 200
    assert "Traceback" not in (guarded.base / "log.txt").read_text()


@pytest.mark.parametrize("path", ["/history", "/queue", "/object_info", "/api/jobs"])
def test_who_asks_for_the_head_only_gets_no_body(guarded: Running, path: str) -> None:
    place = urllib.parse.urlsplit(guarded.url)
    host = f"Host: {place.netloc}\r\n"
    with socket.create_connection((place.hostname, place.port), timeout=5) as connection:
        asked = f"HEAD {path} HTTP/1.1\r\n{host}\r\nHEAD {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n"
        connection.sendall(asked.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    heads = answer.split(b"\r\n\r\n")
    assert [head[:15] for head in heads] == [b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK", b""]
