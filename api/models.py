"""``/models``, ``/embeddings`` and ``/view_metadata``: which model files there are, and what they say of themselves."""

from __future__ import annotations

import asyncio
import io
import os
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from msgspec import Struct
from PIL import Image, UnidentifiedImageError

from api.described import describe
from api.errors import Refusal, json_response
from api.server import SERVER
from files.errors import NoSuchFile
from files.folders import Folders
from files.names import confine
from files.weights_header import read_weights_metadata

routes = web.RouteTableDef()

_PICTURES: Final = (".preview.png", ".png", ".jpg", ".jpeg", ".webp", ".preview.jpg", ".preview.webp")
_PREVIEW_PIXELS: Final = 512
_NO_MODELS: Final = ("configs", "custom_nodes")


class ModelFolder(Struct):
    """A kind of model, and the directories that hold it, by their names below the base directory."""

    name: str
    folders: list[str]


class ModelFile(Struct):
    """A model file. pathIndex: in which of its kind's directories. Times in seconds since 1970, size in bytes."""

    name: str
    pathIndex: int  # the wire's name
    modified: float
    created: float
    size: int


@routes.get("/models")
@describe(answer=list[str])
async def list_folders(request: web.Request) -> web.Response:
    """The kinds of models."""
    return json_response([*request.app[SERVER].folders.models, "custom_nodes"])


@routes.get("/models/{folder}")
@describe(answer=list[str], errors={404: "there is no such kind"})
async def list_models(request: web.Request) -> web.Response:
    """The files of a kind of model, sorted."""
    folders, kind = request.app[SERVER].folders, request.match_info["folder"]
    if kind == "custom_nodes":
        return json_response(sorted(p.name for f in folders.custom_nodes if f.is_dir() for p in f.iterdir()))
    return json_response(await asyncio.to_thread(folders.names, kind))


@routes.get("/embeddings")
@describe(answer=list[str])
async def list_embeddings(request: web.Request) -> web.Response:
    """The names of the textual inversions, without their endings."""
    names = await asyncio.to_thread(request.app[SERVER].folders.names, "embeddings")
    return json_response([os.path.splitext(name)[0] for name in names])


@routes.get("/view_metadata/{folder}")
@describe(
    answer=dict[str, Any],
    query={"filename": "the model file"},
    errors={400: "it is no safetensors file", 404: "there is no such file, or it says nothing of itself"},
)
async def show_metadata(request: web.Request) -> web.Response:
    """What a safetensors file says of itself."""
    name = request.query.get("filename", "")
    if not name:
        raise Refusal(404, "no_such_file", "No file is named. Ask for ?filename=NAME.")
    path = request.app[SERVER].folders.find(request.match_info["folder"], name)
    found = await asyncio.to_thread(read_weights_metadata, path)
    if found is None:
        raise NoSuchFile(f"{path.name} says nothing of itself.")
    return json_response(found)


@routes.get("/experiment/models")
@describe(answer=list[ModelFolder])
async def list_model_folders(request: web.Request) -> web.Response:
    """The kinds of models with their directories."""
    folders = request.app[SERVER].folders
    return json_response(
        [
            ModelFolder(kind, [_shown(root, folders.base) for root in roots])
            for kind, roots in folders.models.items()
            if kind not in _NO_MODELS
        ]
    )


@routes.get("/experiment/models/{folder}")
@describe(answer=list[ModelFile], errors={404: "there is no such kind"})
async def list_model_files(request: web.Request) -> web.Response:
    """The files of a kind of model, with sizes and times."""
    folders, kind = request.app[SERVER].folders, request.match_info["folder"]
    return json_response(await asyncio.to_thread(_list_files, folders, kind))


@routes.get("/experiment/models/preview/{folder}/{index}/{file:.+}")
@describe(media="image/webp", errors={404: "there is no picture of it"})
async def show_preview(request: web.Request) -> web.Response:
    """The picture that lies beside a model file, small, as WebP."""
    folders, info = request.app[SERVER].folders, request.match_info
    roots, index = folders.roots(info["folder"]), info["index"]
    if not index.isdecimal() or int(index) >= len(roots):
        raise NoSuchFile(f"{info['folder']} has no directory number {index[:20]}.")
    data = await asyncio.to_thread(_read_preview, confine(roots[int(index)], info["file"]))
    return web.Response(body=data, content_type="image/webp")


def _list_files(folders: Folders, kind: str) -> list[ModelFile]:
    found = []
    for name in folders.names(kind):
        for index, root in enumerate(folders.roots(kind)):
            try:
                stat = (root / name).stat()
            except OSError:  # it lies in another of the directories
                continue
            found.append(ModelFile(name, index, stat.st_mtime, stat.st_ctime, stat.st_size))
            break
    return found


def _read_preview(model: Path) -> bytes:
    stem = model.with_suffix("")
    for ending in _PICTURES:
        path = stem.with_name(stem.name + ending)
        if path.is_file():
            try:
                with Image.open(path) as picture:
                    picture.thumbnail((_PREVIEW_PIXELS, _PREVIEW_PIXELS))
                    file = io.BytesIO()
                    picture.save(file, "WEBP")
            except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
                continue
            return file.getvalue()
    raise NoSuchFile(f"There is no picture of {model.name}.")


def _shown(root: Path, base: Path) -> str:
    """A directory's name for others: nothing of this machine above the base directory."""
    return root.relative_to(base).as_posix() if root.is_relative_to(base) else f"{root.parent.name}/{root.name}"
