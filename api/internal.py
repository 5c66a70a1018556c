"""``/internal``: logs, and lists of files, for editors."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

from aiohttp import web
from msgspec import Struct

from api.described import describe
from api.errors import Refusal, decode, json_response, read_json
from api.logbook import LogEntry, TerminalSize, terminal_size
from api.server import SERVER
from files.names import PLACES, is_listed

# These paths are as they are; they are not doubled below /api.
routes = web.RouteTableDef()

_LIMIT_BYTES: Final = 100_000


class Logs(Struct):
    """The last lines, and the size of the terminal they were written for."""

    entries: list[LogEntry]
    size: TerminalSize | None


class Subscription(Struct):
    """Whether a websocket client wants to hear new lines."""

    clientId: str  # the wire's name
    enabled: bool


@routes.get("/internal/logs")
@describe(answer=str)
async def show_text(request: web.Request) -> web.Response:
    """The last lines of the log as one text."""
    entries = request.app[SERVER].logs.entries
    return json_response("".join(f"{entry.t} - {entry.m}" for entry in list(entries)))


@routes.get("/internal/logs/raw")
@describe(answer=Logs)
async def show_lines(request: web.Request) -> web.Response:
    """The last lines of the log, one by one."""
    return json_response(Logs(list(request.app[SERVER].logs.entries), terminal_size()))


@routes.patch("/internal/logs/subscribe")
@describe(body=Subscription)
async def subscribe(request: web.Request) -> web.Response:
    """Send new lines to a websocket client as messages of type logs, or stop."""
    wish = decode(await read_json(request, _LIMIT_BYTES), Subscription)
    followers = request.app[SERVER].logs.followers
    if wish.enabled:
        followers.add(wish.clientId)
    else:
        followers.discard(wish.clientId)
    return web.Response()


@routes.get("/internal/folder_paths")
@describe(answer=dict[str, list[str]])
async def list_folders(request: web.Request) -> web.Response:
    """The directories of each kind of model, by their names below the base directory."""
    folders = request.app[SERVER].folders
    found = {kind: [_below(root, folders.base) for root in roots] for kind, roots in folders.models.items()}
    return json_response({**found, "custom_nodes": [_below(root, folders.base) for root in folders.custom_nodes]})


@routes.get("/internal/files/{place}")
@describe(answer=list[str], errors={400: "it is none of output, input and temp"})
async def list_files(request: web.Request) -> web.Response:
    """The files of output, input or temp, newest first."""
    place = request.match_info["place"]
    if place not in PLACES:
        raise Refusal(400, "bad_place", f"'{place[:40]}' is none of output, input and temp.", is_bare=True)
    return json_response(await asyncio.to_thread(_newest, request.app[SERVER].folders.place(place)))


def _newest(folder: Path) -> list[str]:
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(OSError):  # deleted since it was listed
            if path.is_file() and is_listed(path.name):
                found.append((path.stat().st_mtime, path.name))
    return [name for _, name in sorted(found, reverse=True)]


def _below(root: Path, base: Path) -> str:
    return root.relative_to(base).as_posix() if root.is_relative_to(base) else root.name
