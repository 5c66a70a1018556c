"""``/history``: what ended jobs gave. Long answers are read and sent a page at a time, so that nobody else waits."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from msgspec import Struct

from api.described import describe
from api.errors import decode, read_json, read_number
from api.people import owner_of
from api.queue import Removal
from api.server import SERVER
from jobs.history import PAGE, count_entries, encode_page, read_entry, read_page

routes = web.RouteTableDef()

_LIMIT_BYTES = 10_000_000


class Ending(Struct):
    """How a job ended. messages: [event, data], as websocket clients heard them."""

    status_str: str
    completed: bool
    messages: list[tuple[str, dict[str, Any]]]


class Entry(Struct):
    """An ended job. prompt: [number, id, prompt, extra_data, outputs]. outputs and meta: by node."""

    prompt: tuple[float, str, dict[str, Any], dict[str, Any], list[str]]
    outputs: dict[str, dict[str, Any]]
    status: Ending
    meta: dict[str, dict[str, Any]]


@routes.get("/history")
@describe(
    answer=dict[str, Entry], query={"max_items": "at most so many", "offset": "leave out so many, from the oldest"}
)
async def show_history(request: web.Request) -> web.StreamResponse:
    """Ended jobs by id, oldest first. max_items: only so many, the newest unless offset (from the oldest) is given."""
    limit = read_number(request, "max_items", -1)
    offset = read_number(request, "offset", -1)
    store, user = request.app[SERVER].store, owner_of(request)
    if limit >= 0 and offset < 0:
        offset = max(0, await asyncio.to_thread(count_entries, store, user) - limit)
    response = web.StreamResponse(headers={"Content-Type": "application/json; charset=utf-8"})
    await response.prepare(request)
    if request.method == "HEAD":  # aiohttp would send what is written, and clients would read it as their next answer
        return response
    await response.write(b"{")
    sent, wanted = 0, limit if limit >= 0 else None
    while wanted is None or sent < wanted:
        size = PAGE if wanted is None else min(PAGE, wanted - sent)
        page = await asyncio.to_thread(read_page, store, size, max(0, offset) + sent, user)
        if not page:
            break
        await response.write((b"," if sent else b"") + encode_page(page))
        sent += len(page)
    await response.write(b"}")
    await response.write_eof()
    return response


@routes.get("/history/{prompt_id}")
@describe(answer=dict[str, Entry])
async def show_entry(request: web.Request) -> web.Response:
    """One ended job as {id: entry}; {} while it waits or runs, or if there is none."""
    job_id = request.match_info["prompt_id"]
    entry = await asyncio.to_thread(read_entry, request.app[SERVER].store, job_id, owner_of(request))
    body = b"{" + (encode_page([(job_id, entry)]) if entry is not None else b"") + b"}"
    return web.Response(body=body, content_type="application/json")


@routes.post("/history")
@describe(body=Removal)
async def change_history(request: web.Request) -> web.Response:
    """Forget ended jobs: {"delete": [ids]} or {"clear": true}. The pictures stay."""
    removal = decode(await read_json(request, _LIMIT_BYTES), Removal)
    store, user = request.app[SERVER].store, owner_of(request)
    if removal.clear:
        await asyncio.wrap_future(store.forget(None, user))
    if removal.delete:
        await asyncio.wrap_future(store.forget(removal.delete, user))
    return web.Response()
