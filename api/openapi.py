"""The description of this API, made from the routes themselves: ``/openapi.json``, and ``/openapi.html`` to read."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec
from aiohttp import web
from msgspec import Struct

from api.described import Description, describe, description_of
from api.errors import json_response
from api.openapi_page import draw_page
from api.system import EASEL_VERSION

routes = web.RouteTableDef()

_REFERENCE: Final = "#/components/schemas/{name}"


class Fault(Struct):
    """What went wrong. type: a word for programs; message: a sentence that says what to do."""

    type: str
    message: str
    details: str = ""
    extra_info: dict[str, Any] = {}


class Faulty(Struct):
    """The answer to what cannot be done. node_errors: what is wrong with a graph, by node."""

    error: Fault | str
    node_errors: dict[str, Any] = {}


class Route(NamedTuple):
    """A route: method, path (``{name}`` where something varies), its handler's docstring, what it was noted with."""

    method: str
    path: str
    text: str
    description: Description


@routes.get("/openapi.json")
@describe(answer=dict[str, Any])
async def show_document(request: web.Request) -> web.Response:
    """This API as an OpenAPI 3.1 document."""
    return json_response(describe_routes(list(list_routes(request.app))))


@routes.get("/openapi.html")
@describe(media="text/html")
async def show_page(request: web.Request) -> web.Response:
    """This API as a page to read."""
    return web.Response(text=draw_page(describe_routes(list(list_routes(request.app)))), content_type="text/html")


def list_routes(app: web.Application) -> Iterator[Route]:
    """Every route once, without its double below /api."""
    paths = {route.resource.canonical for route in app.router.routes() if route.resource is not None}
    for route in app.router.routes():
        path = route.resource.canonical if route.resource is not None else ""
        if route.method in ("HEAD", "*") or (path.startswith("/api/") and path[4:] in paths):
            continue
        yield Route(route.method, path, inspect.getdoc(route.handler) or "", description_of(route.handler))


def describe_routes(found: list[Route]) -> dict[str, Any]:
    """The OpenAPI document of these routes."""
    types = [t for r in found for t in (r.description.body, r.description.answer) if t is not None]
    schemas, components = msgspec.json.schema_components([Faulty, *types], ref_template=_REFERENCE)
    schema_of = dict(zip(map(repr, [Faulty, *types]), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in found:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Easel",
            "version": EASEL_VERSION,
            "description": "Every path is also there below /api, except those that begin with /api or /internal.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(route: Route, schema_of: dict[str, Any]) -> dict[str, Any]:
    noted = route.description
    summary, _, more = route.text.partition("\n\n")
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{route.method.lower()}_{route.path.strip('/')}").strip("_"),
        "summary": " ".join(summary.split()),
    }
    if more:
        operation["description"] = " ".join(more.split())
    names = re.findall(r"\{(\w+)\}", route.path)
    parameters = [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in names]
    parameters += [
        {"name": n, "in": "query", "description": text, "schema": {"type": "string"}} for n, text in noted.query.items()
    ]
    if parameters:
        operation["parameters"] = parameters
    if noted.form:
        operation["requestBody"] = {"content": {"multipart/form-data": {"schema": _form(noted)}}, "required": True}
    elif noted.body is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": schema_of[repr(noted.body)]}}}
    operation["responses"] = {"200": _answer(noted, schema_of), **_faults(noted, schema_of)}
    return operation


def _form(noted: Description) -> dict[str, Any]:
    fields = {
        name: {"type": "string", "description": text, **({"format": "binary"} if name == "image" else {})}
        for name, text in noted.form.items()
    }
    return {"type": "object", "properties": fields, "required": ["image"]}


def _answer(noted: Description, schema_of: dict[str, Any]) -> dict[str, Any]:
    if noted.media:
        return {"description": "done", "content": {noted.media: {}}}
    if noted.answer is None:
        return {"description": "done; no body"}
    return {"description": "done", "content": {"application/json": {"schema": schema_of[repr(noted.answer)]}}}


def _faults(noted: Description, schema_of: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": schema_of[repr(Faulty)]}}
    told = {str(status): {"description": text, "content": content} for status, text in noted.errors.items()}
    return {**told, "default": {"description": "it cannot be done; the answer says why", "content": content}}
