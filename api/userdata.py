"""``/userdata``: a user's own files, such as workflows; and from nowhere outside their folder."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from msgspec import Struct

from api.described import describe
from api.errors import Refusal, forbidding_escape, json_response, read_json
from api.files import file_response
from api.people import folder_of
from api.server import SERVER
from files.errors import FileProblem, NoSuchFile
from files.names import confine, is_listed
from files.write import write_whole

routes = web.RouteTableDef()

_CSS: Final = "text/css"
_YES: Final = ("true", "1", "yes")


class UserFile(Struct):
    """A file: path, size in bytes, times in seconds since 1970."""

    path: str
    size: int
    modified: float
    created: float


class UserEntry(Struct, omit_defaults=True):
    """A file or a directory of a listing."""

    name: str
    path: str
    type: str
    size: int | None = None
    modified: float | None = None


@routes.get("/userdata")
@describe(
    answer=list[Any],
    query={
        "dir": "the folder to list",
        "recurse": "true: also what lies in its folders",
        "full_info": "true: objects with path, size, modified and created",
        "split": "true: each path also in parts",
    },
    errors={400: "dir is missing", 404: "there is no such folder"},
)
async def list_files(request: web.Request) -> web.Response:
    """The files of one of the user's folders, as paths below it."""
    name = request.query.get("dir", "")
    if not name:
        raise Refusal(400, "no_dir", "No folder is named. Ask for ?dir=NAME.")
    root = _below(request, name)
    if not root.is_dir():
        raise NoSuchFile(f"There is no folder '{name}'.")
    paths = await asyncio.to_thread(_list, root, recurses=_says_yes(request, "recurse"))
    if _says_yes(request, "full_info"):
        return json_response([_describe(root / path, path) for path in paths])
    return json_response([[path, *path.split("/")] for path in paths] if _says_yes(request, "split") else paths)


@routes.get("/v2/userdata")
@describe(
    answer=list[UserEntry],
    query={"path": "the folder to list; all when empty"},
    errors={404: "there is no such folder"},
)
async def list_tree(request: web.Request) -> web.Response:
    """All files and directories below one of the user's folders."""
    top, name = folder_of(request), request.query.get("path", "")
    root = _below(request, name) if name else top
    if not root.is_dir():
        raise NoSuchFile(f"There is no folder '{name}'.")
    return json_response(await asyncio.to_thread(_list_tree, root, top))


@routes.get("/user.css")
@describe(media="text/css")
async def show_styles(request: web.Request) -> web.StreamResponse:
    """The user's own styles; empty when there are none, for every page asks for them."""
    path = folder_of(request) / "user.css"
    return file_response(path, keep=(_CSS,)) if path.is_file() else web.Response(content_type=_CSS)


@routes.get("/userdata/{file:.+}")
@describe(media="application/octet-stream", errors={404: "there is no such file"})
async def read_file(request: web.Request) -> web.StreamResponse:
    """One of the user's files."""
    name = request.match_info["file"]
    path = _path(request)
    if not path.is_file():
        if name == "user.css":
            return await show_styles(request)
        raise NoSuchFile(f"There is no file '{name}'.")
    return file_response(path, keep=(_CSS,))


@routes.post("/userdata/{file}/move/{dest}")
@describe(
    answer=str | UserFile,
    query={"overwrite": "false: refuse when there is a file of the new name (true)", "full_info": "true: as an object"},
    errors={404: "there is no such file", 409: "there is a file of the new name"},
)
async def move_file(request: web.Request) -> web.Response:
    """Give a file another name."""
    source, target = _path(request), _path(request, "dest")
    if not source.is_file():
        raise NoSuchFile(f"There is no file '{request.match_info['file']}'.")
    _refuse_existing(request, target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(source, target)
    except OSError as error:  # the new name is a folder's, or lies below a file
        raise FileProblem(f"'{request.match_info['dest']}' cannot be its name: {error.strerror}.") from error
    return _answer(request, target)


@routes.post("/userdata/{file:.+}")
@describe(
    answer=str | UserFile,
    query={"overwrite": "false: refuse when there is such a file (true)", "full_info": "true: as an object"},
    errors={409: "there is such a file"},
)
async def write_file(request: web.Request) -> web.Response:
    """Write a file: the body, as it is. Answers with its path."""
    path = _path(request)
    _refuse_existing(request, path)
    data = await read_json(request, request.app[SERVER].upload_limit_bytes)
    if path.is_dir():
        raise FileProblem(f"'{request.match_info['file']}' is a folder. Give the file another name.")
    await asyncio.to_thread(write_whole, path, data)
    return _answer(request, path)


@routes.delete("/userdata/{file:.+}")
@describe(errors={404: "there is no such file"})
async def delete_file(request: web.Request) -> web.Response:
    """Delete a file."""
    path = _path(request)
    if not path.is_file():
        raise NoSuchFile(f"There is no file '{request.match_info['file']}'.")
    path.unlink()
    return web.Response(status=204)


def _path(request: web.Request, part: str = "file") -> Path:
    return _below(request, request.match_info[part])


def _below(request: web.Request, name: str) -> Path:
    with forbidding_escape():
        return confine(folder_of(request), name)


def _says_yes(request: web.Request, name: str, default: str = "") -> bool:
    return request.query.get(name, default).lower() in _YES


def _refuse_existing(request: web.Request, path: Path) -> None:
    if path.exists() and not _says_yes(request, "overwrite", "true"):
        raise Refusal(409, "file_exists", f"There already is a file '{path.name}'. Send overwrite=true to replace it.")


def _answer(request: web.Request, path: Path) -> web.Response:
    shown = path.relative_to(folder_of(request).resolve()).as_posix()
    return json_response(_describe(path, shown) if _says_yes(request, "full_info") else shown)


def _list(root: Path, *, recurses: bool) -> list[str]:
    return sorted(p.relative_to(root).as_posix() for p in _walk(root, recurses=recurses) if p.is_file())


def _list_tree(root: Path, top: Path) -> list[UserEntry]:
    found = []
    for path in sorted(_walk(root, recurses=True)):
        shown = path.relative_to(top.resolve() if not path.is_relative_to(top) else top).as_posix()
        if path.is_dir():
            found.append(UserEntry(path.name, shown, "directory"))
        else:
            stat = path.stat()
            found.append(UserEntry(path.name, shown, "file", stat.st_size, stat.st_mtime))
    return found


def _walk(root: Path, *, recurses: bool) -> Iterator[Path]:
    """What lies below a folder; links are named but not followed."""
    for path in root.iterdir():
        if not is_listed(path.name):
            continue
        yield path
        if recurses and path.is_dir() and not path.is_symlink():
            yield from _walk(path, recurses=True)


def _describe(path: Path, shown: str) -> UserFile:
    stat = path.stat()
    return UserFile(shown, stat.st_size, stat.st_mtime, stat.st_ctime)
