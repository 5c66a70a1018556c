"""``/object_info``: the node types that the worker reported, with the files to choose from as they are now."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiohttp import web

from api.described import describe as note
from api.errors import json_response
from api.server import SERVER
from graph.catalog import Catalog
from graph.object_info import describe
from graph.spec import Choice
from jobs.choices import FileChoices

routes = web.RouteTableDef()

_GZIP_LEVEL: Final = 4


@dataclass(frozen=True)
class Listing:
    """The whole answer, made once for a catalog and the files there are."""

    catalog: Catalog
    files: tuple[Any, ...]
    body: bytes
    zipped: bytes
    etag: str


LISTING: Final = web.AppKey("LISTING", dict[str, Listing])


@routes.get("/object_info")
@note(answer=dict[str, dict[str, Any]])
async def show_catalog(request: web.Request) -> web.Response:
    """Every node type: inputs with their limits and choices, outputs, names and texts."""
    await request.app[SERVER].dispatcher.seats[0].refresh_catalog()
    catalog = await request.app[SERVER].book.read()
    listing = await asyncio.to_thread(_list, request.app, catalog)
    headers = {"ETag": listing.etag, "Cache-Control": "no-cache"}
    if listing.etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return web.Response(body=listing.zipped, content_type="application/json", headers=headers)
    return web.Response(body=listing.body, content_type="application/json", headers=headers)


@routes.get("/object_info/{node_class}")
@note(answer=dict[str, dict[str, Any]])
async def show_node_type(request: web.Request) -> web.Response:
    """One node type as {name: description}; {} if there is none of that name."""
    server = request.app[SERVER]
    await server.dispatcher.seats[0].refresh_catalog()
    spec = (await server.book.read()).get(request.match_info["node_class"])
    return json_response({spec.name: describe(spec, server.choices)} if spec is not None else {})


def _list(app: web.Application, catalog: Catalog) -> Listing:
    server, kept = app[SERVER], app[LISTING].get("all")
    files = _files_of(catalog, server.choices)
    if kept is not None and kept.catalog is catalog and kept.files == files:
        return kept
    body = msgspec.json.encode({name: describe(spec, server.choices) for name, spec in catalog.items()}, enc_hook=str)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    listing = Listing(catalog, files, body, gzip.compress(body, _GZIP_LEVEL, mtime=0), etag)
    app[LISTING]["all"] = listing
    return listing


def _files_of(catalog: Catalog, choices: FileChoices) -> tuple[Any, ...]:
    """The names in every folder that an input chooses from."""
    kinds = {
        (i.kind.folder, i.kind.upload, i.kind.more): i.kind
        for spec in catalog.values()
        for i in spec.inputs
        if isinstance(i.kind, Choice) and i.kind.folder
    }
    return tuple((key, tuple(choices(kind) or ())) for key, kind in sorted(kinds.items()))
