"""``/queue`` and ``/interrupt``: what waits and runs, and taking it away."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from msgspec import Struct

from api.described import describe
from api.dispatch import describe_item
from api.errors import decode, json_response, read_json
from api.people import owner_of
from api.server import SERVER

routes = web.RouteTableDef()

_LIMIT_BYTES = 10_000_000


class Queue(Struct):
    """Jobs as [number, id, prompt, extra_data, outputs]."""

    queue_running: list[tuple[float, str, dict[str, Any], dict[str, Any], list[str]]]
    queue_pending: list[tuple[float, str, dict[str, Any], dict[str, Any], list[str]]]


class Removal(Struct):
    """Which jobs to take away."""

    clear: bool = False
    delete: list[str] = []


class Interruption(Struct):
    """Which job to stop; none named = whatever runs."""

    prompt_id: str | None = None


@routes.get("/queue")
@describe(answer=Queue)
async def show_queue(request: web.Request) -> web.Response:
    """Jobs that run and jobs that wait, each [number, id, prompt, extra_data, outputs], in the order they will run."""
    queue, user = request.app[SERVER].queue, owner_of(request)
    running, pending = (
        [describe_item(job) for job in jobs if job.is_of(user)] for jobs in (queue.running.values(), queue.waiting())
    )
    return json_response({"queue_running": running, "queue_pending": pending})


@routes.post("/queue")
@describe(body=Removal)
async def change_queue(request: web.Request) -> web.Response:
    """Take waiting jobs away: {"delete": [ids]} or {"clear": true}."""
    removal = decode(await read_json(request, _LIMIT_BYTES), Removal)
    dispatcher, user = request.app[SERVER].dispatcher, owner_of(request)
    if removal.clear:
        await dispatcher.delete(None, user)
    await dispatcher.delete(removal.delete, user)
    return web.Response()


@routes.post("/queue/pause")
@describe(answer=dict[str, Any])
async def pause_queue(request: web.Request) -> web.Response:
    """Let no more jobs begin; what runs goes on. Holds over restarts, until /queue/resume."""
    await request.app[SERVER].dispatcher.pause(True)
    return json_response(request.app[SERVER].queue.describe())


@routes.post("/queue/resume")
@describe(answer=dict[str, Any])
async def resume_queue(request: web.Request) -> web.Response:
    """Let waiting jobs begin again."""
    await request.app[SERVER].dispatcher.pause(False)
    return json_response(request.app[SERVER].queue.describe())


@routes.post("/interrupt")
@describe(body=Interruption)
async def interrupt(request: web.Request) -> web.Response:
    """Stop the running job, or {"prompt_id": id} only if that one runs."""
    body = await read_json(request, _LIMIT_BYTES)
    which = decode(body, Interruption) if body.strip() else Interruption()
    request.app[SERVER].dispatcher.interrupt(which.prompt_id, owner_of(request))
    return web.Response()
