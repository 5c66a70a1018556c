"""``/users``: who uses this server. Without --multi-user that is one person, whose things lie in user/default."""

from __future__ import annotations

import os
import re
import uuid
from pathlib import Path
from typing import Any, Final

import msgspec
from aiohttp import web
from msgspec import Struct

from api.described import describe
from api.errors import Refusal, decode, json_response, read_json
from api.server import SERVER, Server
from files.errors import FileProblem
from files.write import write_whole

routes = web.RouteTableDef()

_ONLY: Final = "default"
_LIMIT_BYTES: Final = 100_000
# Folders that every user has from the start, so that listing them is never an error.
_FOLDERS: Final = ("workflows", "subgraphs")


class NewUser(Struct):
    """Who comes."""

    username: str


@routes.get("/users")
@describe(answer=dict[str, Any])
async def show_users(request: web.Request) -> web.Response:
    """Where users' things are kept: {storage, migrated}; with --multi-user {storage, users: {id: name}}."""
    server = request.app[SERVER]
    if server.options.multi_user:
        return json_response({"storage": "server", "users": _read_users(server)})
    return json_response({"storage": "server", "migrated": _folder(server, _ONLY).is_dir()})


@routes.post("/users")
@describe(body=NewUser, answer=str, errors={400: "the name is taken, or this server has one user"})
async def add_user(request: web.Request) -> web.Response:
    """Add a user; answers with the id to send in the header Comfy-User."""
    server = request.app[SERVER]
    name = decode(await read_json(request, _LIMIT_BYTES), NewUser).username.strip()
    if not server.options.multi_user:
        raise Refusal(400, "one_user", "This server has one user. Start it with --multi-user for more.", is_bare=True)
    users = _read_users(server)
    if not name or len(name) > 100:
        raise Refusal(400, "bad_name", "Give a name of 1 to 100 characters.", is_bare=True)
    if name in users.values():
        raise Refusal(400, "name_taken", f"There already is a user '{name}'. Choose another name.", is_bare=True)
    user = f"{re.sub(r'[^a-zA-Z0-9-]+', '-', name).strip('-') or 'user'}_{uuid.uuid4()}"
    write_whole(server.folders.user / "users.json", msgspec.json.format(msgspec.json.encode({**users, user: name})))
    return json_response(user)


def owner_of(request: web.Request) -> str | None:
    """Whose jobs a request is about; None where all are one user's. A Refusal when the server does not know them.

    Clients that name no user, as many do, share those of nobody in particular (""); they do not see others'.
    """
    server = request.app[SERVER]
    if not server.options.multi_user:
        return None
    user = request.headers.get("Comfy-User", "")
    return _known(server, user) if user else ""


def folder_of(request: web.Request) -> Path:
    """The folder of whoever asks; a Refusal when the server does not know them."""
    server = request.app[SERVER]
    user = _known(server, request.headers.get("Comfy-User", "")) if server.options.multi_user else _ONLY
    folder = _folder(server, user)
    for name in _FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    return folder


def _known(server: Server, user: str) -> str:
    if user not in _read_users(server):
        message = "This server asks who you are. Send your user's id in the header Comfy-User; GET /users lists them."
        raise Refusal(401, "unknown_user", message)
    return user


def _folder(server: Server, user: str) -> Path:
    return server.folders.user / user


def _read_users(server: Server) -> dict[str, str]:
    """Users by id. Ids that would lead out of the user folder, or into the server's own, do not count."""
    path = server.folders.user / "users.json"
    try:
        found = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        raise FileProblem(f"{path.name} in the user folder cannot be read: {error}.") from error
    return {user: name for user, name in found.items() if user == os.path.basename(user) and user[:1] not in "._"}
