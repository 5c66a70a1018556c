"""``/view``: pictures and other results, from input, output and temp, and from nowhere else."""

from __future__ import annotations

import asyncio
import io
import mimetypes
import re
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.typedefs import LooseHeaders
from PIL import Image, UnidentifiedImageError

from api.described import describe
from api.errors import Refusal, forbidding_escape
from api.server import SERVER
from files.errors import FileProblem, NoSuchFile
from files.folders import Folders
from files.names import confine, split_place

routes = web.RouteTableDef()

# What a browser would show as a page or run; it is sent as a download of unknown type.
_RUNS: Final = re.compile(r"html|javascript|ecmascript|css|svg|xml|pdf", re.IGNORECASE)
_QUALITY: Final = 90


@routes.get("/view")
@describe(
    query={
        "filename": "its name",
        "type": "output (when left out), input or temp",
        "subfolder": "the folder in there",
        "preview": "webp or jpeg, with ;quality behind it: a converted picture",
        "channel": "rgba, rgb or a",
    },
    media="image/*",
    errors={
        400: "the name leads elsewhere, or the file is no picture",
        403: "the subfolder leads elsewhere",
        404: "there is no such file",
    },
)
async def view(request: web.Request) -> web.StreamResponse:
    """A file by filename, type (output, input or temp) and subfolder; preview=webp|jpeg[;quality] and channel=rgb|a."""
    query = request.query
    path = find_file(
        request.app[SERVER].folders, query.get("filename", ""), query.get("type"), query.get("subfolder", "")
    )
    channel = query.get("channel", "rgba")
    if channel not in ("rgba", "rgb", "a"):
        raise Refusal(400, "bad_channel", f"channel can be rgba, rgb or a, not '{channel[:40]}'.")
    if "preview" in query or channel != "rgba":
        data, mime = await asyncio.to_thread(convert, path, query.get("preview", ""), channel)
        return web.Response(body=data, content_type=mime, headers=_headers(path, mime))
    return file_response(path)


def file_response(path: Path, keep: tuple[str, ...] = ()) -> web.FileResponse:
    """The file itself; as a download where a browser would run it, unless its type is one of ``keep``."""
    mime = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if _RUNS.search(mime) and mime not in keep:
        mime = "application/octet-stream"
    response = web.FileResponse(path, headers=_headers(path, mime))
    response.content_type = mime
    return response


def find_file(folders: Folders, name: str, place: str | None, subfolder: str) -> Path:
    """The path of a file in its place. Raises FileProblem for a name that leads elsewhere."""
    if not name:
        raise Refusal(404, "no_such_file", "No file is named. Ask for /view?filename=NAME.")
    name, named_place = split_place(name, place or "output")
    folders.place(named_place)
    for root in folders.roots(named_place):
        with forbidding_escape():
            folder = confine(root, subfolder) if subfolder else root
        path = confine(folder, name)
        if path.is_file():
            return path
    raise NoSuchFile(f"There is no file '{name}' in {named_place}{'/' + subfolder if subfolder else ''}.")


def convert(path: Path, preview: str, channel: str) -> tuple[bytes, str]:
    """The picture in another form: small enough to look at (``webp;90``), without its transparency, or only that."""
    form, _, quality = (preview or "").partition(";")
    form = form if form in ("webp", "jpeg") else "webp"
    if not preview:
        form = "png"
    elif "a" in channel:
        form = "webp"  # JPEG has no transparency
    try:
        with Image.open(path) as picture:
            picture.load()
            shown = _take_channel(picture, channel)
            file = io.BytesIO()
            shown.save(file, format=form, quality=_read_quality(quality))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FileProblem(f"{path.name} is not a picture that can be shown.") from error
    return file.getvalue(), f"image/{form}"


def _take_channel(picture: Image.Image, channel: str) -> Image.Image:
    if channel == "rgb":
        return picture.convert("RGB")
    if channel == "a":
        alpha = picture.convert("RGBA").getchannel("A")
        shown = Image.new("RGBA", picture.size)
        shown.putalpha(alpha)
        return shown
    return picture if picture.mode in ("RGB", "RGBA") else picture.convert("RGBA")


def _read_quality(text: str) -> int:
    return min(100, max(1, int(text))) if re.fullmatch(r"\d{1,3}", text, re.ASCII) else _QUALITY


def _headers(path: Path, mime: str) -> LooseHeaders:
    name = re.sub(r'[\\"\x00-\x1f\x7f]', "_", path.name).encode("ascii", "replace").decode()
    kind = "attachment; " if mime == "application/octet-stream" else ""
    return {"Content-Disposition": f'{kind}filename="{name}"'}
