"""Whatever is sent, the server answers with a sentence and goes on: never with its own failure."""

from __future__ import annotations

import json
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.running import Running, send
from tests.api.test_openapi import HANDLERS

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        *("job_ids", "before", "front", "number", "clientId", "enabled", "username", "delete", "clear", "prompt"),
        *("wait", "webhook", "prompt_id", "unload_models", "free_memory", "name", "names", "star", "workflow"),
        "extra_data",
    ]
)
BODY = st.dictionaries(KEYS, JSON, max_size=3) | JSON
NAME = st.sampled_from(["x", "..", "a/../b", "%00", "loras", "checkpoints", "ö", "a" * 300, " ", "9" * 30, "0"])
QUERY = st.dictionaries(
    st.sampled_from(["dir", "path", "filename", "type", "subfolder", "preview", "channel", "limit", "offset", "status"])
    | st.sampled_from(["max_items", "sort_by", "clientId", "overwrite", "full_info", "recurse", "query", "size"]),
    st.sampled_from(["", "..", "-1", "9" * 25, "webp;x", "x", "true", "output", "\0", "ä", "a" * 2000]),
    max_size=3,
)
WRITES = sorted({(m, p) for m, p in HANDLERS if m in ("POST", "PATCH", "PUT")})
READS = sorted({p for m, p in HANDLERS if m == "GET" and p != "/ws"})
SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that takes no large bodies."""
    running = Running(tmp_path_factory.mktemp("base"), "--max-upload-size", "1")
    yield running
    running.stop()


def fill(path: str, name: str) -> str:
    return re.sub(r"\{\w+\}", lambda _: urllib.parse.quote(name, safe=""), path)


def is_told(status: int, text: bytes) -> bool:
    """Whether it is an answer, or a refusal in a sentence."""
    if status < 400:
        return True
    error = json.loads(text)["error"]
    return status < 500 and bool(error["message"] if isinstance(error, dict) else error)


@SETTINGS
@given(body=BODY, name=NAME, route=st.sampled_from(WRITES))
def test_no_body_at_any_route_is_answered_with_our_own_failure(
    guarded: Running, body: Any, name: str, route: tuple[str, str]
) -> None:
    method, path = route
    if isinstance(body, dict) and body.get("wait"):
        body["wait"] = 0.1
    for data in (json.dumps(body).encode(), b"\xff\xfe{", b""):
        request = urllib.request.Request(guarded.url + fill(path, name), data=data, method=method)
        status, text = send(request)
        assert is_told(status, text), (route, body, status, text)


@SETTINGS
@given(query=QUERY, name=NAME, path=st.sampled_from(READS))
def test_no_address_is_answered_with_our_own_failure(
    guarded: Running, query: dict[str, str], name: str, path: str
) -> None:
    url = f"{guarded.url}{fill(path, name)}?{urllib.parse.urlencode(query)}"
    status, text = send(urllib.request.Request(url))
    assert is_told(status, text), (url, status, text)


@SETTINGS
@given(name=NAME, data=st.binary(max_size=50), path=st.sampled_from([p for m, p in HANDLERS if m == "DELETE"]))
def test_nothing_can_be_deleted_that_is_not_there(guarded: Running, name: str, data: bytes, path: str) -> None:
    name = name if ".." in name else f"gone {name}"[:300]  # others may have written a file of the plain name
    status, text = send(urllib.request.Request(guarded.url + fill(path, name), data=data, method="DELETE"))
    assert 400 <= status < 500, (name, status)
    assert is_told(status, text)
