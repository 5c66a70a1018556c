"""``/api/jobs``: every job in any state, what it gave so far, and how to stop it, move it, or remove what it made."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from msgspec import Struct

from api.described import describe
from api.errors import Refusal, decode, json_response, read_json
from api.people import owner_of
from api.server import SERVER, Server
from files.errors import FileProblem
from files.names import confine
from jobs.job import State
from jobs.listing import SORTS, STATUSES, ListedJob, Wanted, WholeJob, items_of, known, list_jobs, read_job

# These paths are as they are; they are not doubled below /api.
routes = web.RouteTableDef()

_LIMIT_BYTES: Final = 10_000_000


class Pagination(Struct):
    """Which part of the list this is; limit null = all of it."""

    offset: int
    limit: int | None
    total: int
    has_more: bool


class JobPage(Struct):
    """A part of the list of jobs."""

    jobs: list[ListedJob]
    pagination: Pagination


class JobIds(Struct):
    """Which jobs."""

    job_ids: list[str]


class Cancelled(Struct):
    """Whether there was something to stop, and which jobs that were."""

    cancelled: bool
    job_ids: list[str] = []


class Move(Struct):
    """A new place in the queue: before another waiting job, or first (front), or behind all; or a number to sort by."""

    before: str | None = None
    front: bool = False
    number: float | None = None


class Order(Struct):
    """The waiting jobs in the order in which they will run."""

    job_ids: list[str]


class Removed(Struct):
    """What was deleted: files as place/subfolder/name."""

    files: list[str]


@routes.get("/api/jobs")
@describe(
    answer=JobPage,
    query={
        "status": f"some of {', '.join(STATUSES)}, with commas between; all when left out",
        "workflow_id": "only jobs of that workflow",
        "sort_by": " or ".join(SORTS),
        "sort_order": "asc or desc (desc)",
        "limit": "at most so many",
        "offset": "leave out so many",
    },
    errors={400: "a parameter has no meaning"},
)
async def list_all(request: web.Request) -> web.Response:
    """Jobs of every state, newest first."""
    wanted = _read_wanted(request)
    found, total = await asyncio.to_thread(list_jobs, request.app[SERVER].store, wanted)
    page = Pagination(wanted.offset, wanted.limit, total, wanted.offset + len(found) < total)
    return json_response(JobPage(found, page))


@routes.get("/api/jobs/{id}")
@describe(answer=WholeJob, errors={404: "there is no such job"})
async def show_one(request: web.Request) -> web.Response:
    """One job: its outputs so far, how it ended, and while it runs the progress of each node."""
    server, job_id = request.app[SERVER], request.match_info["id"]
    job = await asyncio.to_thread(read_job, server.store, job_id, owner_of(request))
    if job is None:
        raise _unknown()
    live = server.dispatcher.live(job_id)
    if live is not None:
        job.status, job.nodes = "in_progress", live.progress()
    elif job.status == "pending":
        waiting = [waits.id for waits in server.queue.waiting()]
        job.position = waiting.index(job_id) if job_id in waiting else None
    return json_response(job)


@routes.post("/api/jobs/{id}/cancel")
@describe(answer=Cancelled)
async def cancel_one(request: web.Request) -> web.Response:
    """Stop a job, whether it waits or runs; a job that has ended is left as it is."""
    stopped = await request.app[SERVER].dispatcher.cancel([request.match_info["id"]], owner_of(request))
    return json_response(Cancelled(bool(stopped), stopped))


@routes.post("/api/jobs/cancel")
@describe(body=JobIds, answer=Cancelled, errors={404: "one of them is no job; none was stopped"})
async def cancel_several(request: web.Request) -> web.Response:
    """Stop several jobs; all of them, or none when one is unknown."""
    server = request.app[SERVER]
    wanted = decode(await read_json(request, _LIMIT_BYTES), JobIds).job_ids
    unknown = set(wanted) - await asyncio.to_thread(known, server.store, wanted, owner_of(request))
    if unknown:
        raise Refusal(404, "no_such_job", f"There is no job '{min(unknown)[:80]}'. None was stopped.", is_bare=True)
    stopped = await server.dispatcher.cancel(wanted)
    return json_response(Cancelled(bool(stopped), stopped))


@routes.post("/api/jobs/{id}/move")
@describe(body=Move, answer=Order, errors={404: "no such job waits"})
async def move(request: web.Request) -> web.Response:
    """Give a waiting job another place in the queue."""
    server, job_id, user = request.app[SERVER], request.match_info["id"], owner_of(request)
    where = decode(await read_json(request, _LIMIT_BYTES), Move)
    is_theirs = server.queue.has(job_id, user)
    if not is_theirs or not await server.dispatcher.move(
        job_id, number=where.number, before=where.before, front=where.front
    ):
        missing = job_id if not is_theirs or job_id in server.queue.running else where.before
        raise Refusal(404, "not_waiting", f"No job '{str(missing)[:80]}' waits.", is_bare=True)
    return json_response(Order([job.id for job in server.queue.waiting() if job.is_of(user)]))


@routes.delete("/api/jobs/{id}/outputs")
@describe(answer=Removed, errors={404: "there is no such job", 409: "it has not ended"})
async def delete_outputs(request: web.Request) -> web.Response:
    """Delete the files that a job has saved, and the job from history."""
    server, job_id = request.app[SERVER], request.match_info["id"]
    job = await asyncio.to_thread(read_job, server.store, job_id, owner_of(request))
    if job is None:
        raise _unknown()
    if job_id in server.queue:
        raise Refusal(409, "not_ended", "This job has not ended. Cancel it first.", is_bare=True)
    removed = await asyncio.to_thread(_delete_files, server, job.outputs or {})
    await asyncio.wrap_future(server.store.forget([job_id]))
    return json_response(Removed(removed))


def _delete_files(server: Server, outputs: dict[str, Any]) -> list[str]:
    removed = []
    for item in items_of(outputs):
        path = _path_of(server, item)
        if path is not None and path.is_file():
            path.unlink()
            removed.append("/".join(part for part in (item["type"], item.get("subfolder"), item["filename"]) if part))
    return removed


def _path_of(server: Server, item: dict[str, Any]) -> Path | None:
    """Where an output lies; None for what is no file, or not in output or temp (inputs are the user's own)."""
    name, place = item.get("filename"), item.get("type")
    if not isinstance(name, str) or place not in ("output", "temp"):
        return None
    try:
        root = server.folders.place(place)
        return confine(confine(root, item["subfolder"]) if item.get("subfolder") else root, name)
    except FileProblem:
        return None


def _read_wanted(request: web.Request) -> Wanted:
    query = request.query
    states: list[State] = []
    for name in filter(None, (part.strip() for part in query.get("status", "").split(","))):
        if name not in STATUSES:
            raise _bad(f"status can be {', '.join(STATUSES)}; '{name[:40]}' is none of them.")
        states.append(STATUSES[name])
    sort_by, order = query.get("sort_by", SORTS[0]), query.get("sort_order", "desc")
    if sort_by not in SORTS:
        raise _bad(f"sort_by can be {' or '.join(SORTS)}, not '{sort_by[:40]}'.")
    if order not in ("asc", "desc"):
        raise _bad(f"sort_order can be asc or desc, not '{order[:40]}'.")
    limit = _number(request, "limit")
    if limit is not None and limit <= 0:
        raise _bad("limit has to be 1 or more.")
    offset = max(0, _number(request, "offset") or 0)
    user = owner_of(request)
    return Wanted(tuple(states), query.get("workflow_id"), sort_by, order == "asc", limit, offset, user)


def _number(request: web.Request, name: str) -> int | None:
    text = request.query.get(name, "")
    if not text:
        return None
    try:
        return max(-1, min(int(text), 2**62))
    except ValueError:
        raise _bad(f"{name} has to be a whole number, not '{text[:40]}'.") from None


def _bad(message: str) -> Refusal:
    return Refusal(400, "invalid_query", message, is_bare=True)


def _unknown() -> Refusal:
    return Refusal(404, "no_such_job", "Job not found", is_bare=True)
