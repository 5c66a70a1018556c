"""The description of the API: of every route, true of what the routes really take and give."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from aiohttp import web

from api.app import SUBJECTS
from api.described import description_of
from tests.api.running import Client, call, shown

HANDLERS = {
    (route.method, re.sub(r"\{(\w+):[^}]*\}", r"{\1}", route.path)): route.handler
    for subject in SUBJECTS
    for route in subject.routes
    if isinstance(route, web.RouteDef)
}


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


async def test_every_route_is_described_and_nothing_else(client: Client) -> None:
    document = await client.get("/openapi.json")
    described = {(m.upper(), path) for path, methods in document["paths"].items() for m in methods}
    assert described == set(HANDLERS)
    assert document["openapi"].startswith("3.1")
    names = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= names
    operations = [o for methods in document["paths"].values() for o in methods.values()]
    assert len({o["operationId"] for o in operations}) == len(operations)
    assert all(o["summary"] and o["responses"] for o in operations)
    for path, methods in document["paths"].items():
        for operation in methods.values():
            inside = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"]
            assert inside == re.findall(r"\{(\w+)\}", path)


async def test_it_can_be_read_as_a_page_without_scripts(client: Client) -> None:
    async with client.http.get("/openapi.html") as answer:
        page = await answer.text()
    assert "<script" not in page
    for path in ("/prompt", "/api/jobs/{id}/cancel", "/userdata/{file}"):
        assert f"<code>{path}</code>" in page


async def test_answers_have_the_shapes_that_are_described(client: Client) -> None:
    job_id = await client.submit({"1": call("Paint", size=8, seed=1, filename_prefix="a"), **shown("x")})
    await client.entry(job_id)
    values = {"prompt_id": job_id, "node_class": "Work", "folder": "checkpoints", "id": job_id, "place": "output"}
    checked = []
    for (method, path), handler in HANDLERS.items():
        answer_type = description_of(handler).answer
        names = re.findall(r"\{(\w+)\}", path)
        if method != "GET" or answer_type is None or any(name not in values for name in names):
            continue
        query = "?dir=workflows" if path == "/userdata" else ""
        async with client.http.get(path.format(**values) + query) as answer:
            body = await answer.read()
        if answer.status == 404:
            continue
        assert answer.status == 200, (path, body)
        msgspec.json.decode(body, type=answer_type)
        checked.append(path)
    assert {"/queue", "/history", "/history/{prompt_id}", "/api/jobs", "/api/jobs/{id}", "/users"} <= set(checked)
    assert len(checked) > 25


async def test_bodies_of_another_shape_are_refused_with_a_sentence(client: Client) -> None:
    for (method, path), handler in HANDLERS.items():
        body_type = description_of(handler).body
        if body_type is None or body_type is Any:
            continue
        url = re.sub(r"\{\w+\}", "x", path)
        for body in (b"[1]", b'"text"', b"{", b"\xff"):
            async with client.http.request(method, url, data=body) as answer:
                error = (await answer.json())["error"]
                assert answer.status == 400, (path, body)
                assert error["message"] if isinstance(error, dict) else error


@pytest.mark.parametrize("path", ["/prompt", "/plan"])
async def test_what_is_described_as_a_body_is_taken(client: Client, path: str) -> None:
    async with client.http.post(path, data=json.dumps({"prompt": shown(1), "wait": None, "number": None})) as answer:
        assert answer.status == 200
