"""``/gallery``: all that was made, newest first: listed, searched, starred, looked at in small, read, and deleted."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec
from aiohttp import web
from msgspec import Struct

from api.described import describe
from api.errors import Refusal, decode, json_response, read_json, read_number
from api.files import find_file
from api.people import folder_of
from api.server import SERVER
from files.embed import read_metadata
from files.errors import FileProblem
from files.gallery import Gallery, Item, make_thumbnail
from files.write import write_whole

routes = web.RouteTableDef()

GALLERY: Final = web.AppKey("GALLERY", Gallery)
_LIMIT_BYTES: Final = 1_000_000
_LARGEST_PAGE: Final = 500
_SIZES: Final = (128, 256, 512, 1024)


class Page(Struct):
    """Some of the files, and how many there are in all."""

    items: list[Item]
    total: int


class Stars(Struct):
    """Names relative to the output folder."""

    stars: list[str] = []


class Starring(Struct):
    """Whether a file has a star."""

    name: str
    star: bool = True


class Names(Struct):
    """Files to delete."""

    names: list[str]


@routes.get("/gallery")
@describe(
    answer=Page,
    query={
        "search": "words that the name or the prompt holds",
        "starred": "true: only those with a star",
        "offset": "how many to leave out (0)",
        "limit": "how many at most (100, up to 500)",
    },
)
async def list_gallery(request: web.Request) -> web.Response:
    """Saved pictures, films and sounds, newest first."""
    offset = max(0, read_number(request, "offset", 0))
    limit = min(_LARGEST_PAGE, max(1, read_number(request, "limit", 100)))
    stars = set(await asyncio.to_thread(_read_stars, request))
    only = stars if request.query.get("starred") == "true" else None
    words = request.query.get("search", "").lower().split()
    found = await asyncio.to_thread(request.app[GALLERY].find, words, only)
    page = found[offset : offset + limit]
    items = [msgspec.structs.replace(item, is_starred=item.name in stars) for item in page]
    return json_response(Page(items, len(found)))


@routes.get("/gallery/thumbnail")
@describe(
    media="image/webp",
    query={
        "filename": "its name",
        "subfolder": "where",
        "type": "output, input or temp",
        "size": "longest side, pixels",
    },
    errors={400: "the file is no picture", 404: "there is no such file"},
)
async def show_thumbnail(request: web.Request) -> web.Response:
    """A picture made small: its longest side has 128, 256, 512 or 1024 pixels."""
    query = request.query
    size = read_number(request, "size", 256)
    if size not in _SIZES:
        raise Refusal(400, "bad_size", f"size can be {', '.join(map(str, _SIZES))}, not {size}.")
    folders = request.app[SERVER].folders
    path = find_file(folders, query.get("filename", ""), query.get("type"), query.get("subfolder", ""))
    data = await asyncio.to_thread(make_thumbnail, path, size, folders.user / "thumbnails")
    return web.Response(body=data, content_type="image/webp", headers={"Cache-Control": "private, max-age=60"})


@routes.get("/gallery/info")
@describe(
    answer=dict[str, Any],
    query={"filename": "its name", "subfolder": "where", "type": "output, input or temp"},
    errors={400: "the file cannot be read", 404: "there is no such file"},
)
async def show_info(request: web.Request) -> web.Response:
    """What a file was made with: ``prompt``, ``workflow`` and whatever else it carries."""
    query = request.query
    folders = request.app[SERVER].folders
    path = find_file(folders, query.get("filename", ""), query.get("type"), query.get("subfolder", ""))
    return json_response(await asyncio.to_thread(read_metadata, path))


@routes.post("/gallery/star")
@describe(body=Starring, answer=Stars)
async def star(request: web.Request) -> web.Response:
    """Give a file a star, or take it away; answers with all that have one."""
    wanted = decode(await read_json(request, _LIMIT_BYTES), Starring)
    stars = [name for name in _read_stars(request) if name != wanted.name]
    if wanted.star:
        stars.append(wanted.name)
    write_whole(folder_of(request) / "gallery.json", msgspec.json.encode(Stars(stars)))
    return json_response(Stars(stars))


@routes.post("/gallery/delete")
@describe(body=Names, answer=Names)
async def delete(request: web.Request) -> web.Response:
    """Delete saved files; answers with those that are gone now."""
    names = decode(await read_json(request, _LIMIT_BYTES), Names).names
    folders = request.app[SERVER].folders
    paths = [find_file(folders, name, "output", "") for name in names]
    for path in paths:
        try:
            path.unlink()
        except OSError as error:
            raise FileProblem(f"{path.name} cannot be deleted: {error.strerror or error}.") from error
    return json_response(Names(names))


def _read_stars(request: web.Request) -> list[str]:
    path = folder_of(request) / "gallery.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Stars).stars
    except (OSError, msgspec.MsgspecError):  # none yet, or damaged by hand: then no file has a star
        return []
