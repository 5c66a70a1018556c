"""``/`` until the editor comes, and the description of the API."""

from __future__ import annotations

import html
import inspect
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from api.errors import json_response
from api.system import EASEL_VERSION

routes = web.RouteTableDef()

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Easel</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:3rem auto;padding:0 1rem}}
td{{padding:.2rem 1rem .2rem 0;vertical-align:top}}</style></head><body>
<h1>Easel</h1>
<p>The server runs. The editor is not here yet; it comes with a later version. Until then, use the API below
(<a href="/openapi.json">its description as OpenAPI</a>), or run a workflow from the command line:
<code>python server.py run FILE</code>.</p>
<table>{rows}</table></body></html>
"""


@routes.get("/")
async def show_home(request: web.Request) -> web.Response:
    """The start page."""
    rows = "".join(
        f"<tr><td>{method}</td><td><code>{html.escape(path)}</code></td><td>{html.escape(text)}</td></tr>"
        for method, path, text in list_routes(request.app)
    )
    return web.Response(text=_PAGE.format(rows=rows), content_type="text/html", headers={"Cache-Control": "no-cache"})


@routes.get("/openapi.json")
async def show_openapi(request: web.Request) -> web.Response:
    """The routes as an OpenAPI document."""
    paths: dict[str, dict[str, Any]] = {}
    for method, path, text in list_routes(request.app):
        names = [part.strip("{}") for part in path.split("/") if part.startswith("{")]
        operation: dict[str, Any] = {"summary": text, "responses": {"200": {"description": "done"}}}
        if names:
            operation["parameters"] = [
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
            ]
        paths.setdefault(path, {})[method.lower()] = operation
    return json_response({"openapi": "3.1.0", "info": {"title": "Easel", "version": EASEL_VERSION}, "paths": paths})


def list_routes(app: web.Application) -> Iterator[tuple[str, str, str]]:
    """(method, path, what it does) of every route, without its double below /api."""
    for route in app.router.routes():
        path = route.resource.canonical if route.resource is not None else ""
        if route.method != "HEAD" and not path.startswith("/api/"):
            yield route.method, path, (inspect.getdoc(route.handler) or "").split("\n")[0]
