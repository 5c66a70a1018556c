"""``/upload/image`` and ``/upload/mask``: files into the input folder, whole or not at all."""

from __future__ import annotations

import asyncio
import filecmp
import os
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from api.described import describe
from api.errors import Refusal, decode, json_response
from api.files import find_file
from api.server import SERVER
from files.errors import FileProblem
from files.folders import Folders
from files.names import confine

routes = web.RouteTableDef()

_FIELD_LIMIT_BYTES: Final = 64_000
_FORM: Final = {
    "image": "the file",
    "type": "input (when left out), output or temp",
    "subfolder": "the folder in there",
    "overwrite": "true: replace a file of that name",
}
_CHUNK_BYTES: Final = 256 * 1024


@dataclass
class Upload:
    """What came: the file, as a draft on disk beside its future place, and the fields."""

    name: str
    draft: Path
    fields: Mapping[str, str]


class Original(msgspec.Struct):
    """The picture that a mask belongs to."""

    filename: str
    type: str | None = None
    subfolder: str = ""


class Uploaded(msgspec.Struct):
    """Where the file is now."""

    name: str
    subfolder: str
    type: str


@routes.post("/upload/image")
@describe(form=_FORM, answer=Uploaded, errors={400: "it is no such form", 413: "it is larger than --max-upload-size"})
async def upload_image(request: web.Request) -> web.Response:
    """A file (form field image) for the input folder; fields: type, subfolder, overwrite. Answers with its place."""
    return await _upload(request, is_mask=False)


@routes.post("/upload/mask")
@describe(
    form={**_FORM, "original_ref": "JSON: filename, type and subfolder of the picture"},
    answer=Uploaded,
    errors={400: "it is no such form", 404: "there is no such picture"},
)
async def upload_mask(request: web.Request) -> web.Response:
    """As /upload/image; the upload's transparency is put onto the picture that the field original_ref (JSON) names."""
    return await _upload(request, is_mask=True)


async def _upload(request: web.Request, *, is_mask: bool) -> web.Response:
    server = request.app[SERVER]
    if not request.content_type.startswith("multipart/"):
        raise Refusal(400, "no_form", "Send the file as multipart/form-data, in a field called image.")
    drafts = server.folders.temp
    drafts.mkdir(parents=True, exist_ok=True)
    draft = drafts / f".{uuid.uuid4().hex}.part"
    try:
        upload = await receive(request, draft, server.upload_limit_bytes)
        return json_response(await asyncio.to_thread(_keep, server.folders, upload, is_mask))
    finally:
        draft.unlink(missing_ok=True)


async def receive(request: web.Request, draft: Path, limit_bytes: int) -> Upload:
    """Read the form; the file goes to ``draft``."""
    name, fields = "", dict[str, str]()
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            if part.name == "image" and part.filename:
                name = part.filename
                await _write(part, draft, limit_bytes)
            elif part.name:
                fields[part.name] = (await _read_field(part)).decode("utf-8", "replace")
    except (ValueError, HttpProcessingError) as error:
        raise Refusal(400, "bad_form", "The form cannot be read: it is not valid multipart/form-data.") from error
    if not name:
        raise Refusal(400, "no_file", "The form has no file. Send it in a field called image, with a file name.")
    return Upload(name, draft, fields)


def _keep(folders: Folders, upload: Upload, is_mask: bool) -> dict[str, str]:
    place, subfolder = upload.fields.get("type") or "input", upload.fields.get("subfolder", "")
    root = folders.place(place)
    directory = confine(root, subfolder) if subfolder else root
    target = confine(directory, upload.name)
    if is_mask:
        original = decode(upload.fields.get("original_ref", "{}").encode(), Original)
        put_mask(find_file(folders, original.filename, original.type, original.subfolder), upload.draft)
    target.parent.mkdir(parents=True, exist_ok=True)
    overwrites = upload.fields.get("overwrite", "").lower() in ("true", "1")
    path = _move(upload.draft, target, overwrites=overwrites)
    return {"name": path.relative_to(directory.resolve()).as_posix(), "subfolder": subfolder, "type": place}


def put_mask(original: Path, mask: Path) -> None:
    """Give ``mask``, in place, the original's colours and texts and its own transparency."""
    try:
        with Image.open(original) as picture, Image.open(mask) as drawn:
            texts = PngInfo()
            for key, value in picture.info.items():
                if isinstance(key, str) and isinstance(value, str):
                    texts.add_text(key, value)
            alpha = drawn.convert("RGBA").getchannel("A")
            result = picture.convert("RGBA")
            result.putalpha(alpha.resize(result.size))
        result.save(mask, format="PNG", pnginfo=texts)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FileProblem("The mask or its original is not a picture that can be read.") from error


def _move(draft: Path, target: Path, *, overwrites: bool) -> Path:
    """Put the draft in its place. A different file of that name keeps it; this one becomes ``name (1).png`` ..."""
    path, number = target, 0
    while True:
        if overwrites:
            os.replace(draft, path)
            return path
        with suppress(FileExistsError):
            with open(path, "xb"):  # claims the name; of two uploads at once only one gets it
                pass
            os.replace(draft, path)
            return path
        if path.is_file() and filecmp.cmp(draft, path, shallow=False):
            return path
        number += 1
        path = target.with_name(f"{target.stem} ({number}){target.suffix}")


async def _write(part: BodyPartReader, draft: Path, limit_bytes: int) -> None:
    size = 0
    with draft.open("wb") as file:
        while chunk := await part.read_chunk(_CHUNK_BYTES):
            size += len(chunk)
            if size > limit_bytes:
                limit_mb = limit_bytes / (1024 * 1024)
                message = (
                    f"The file is larger than {limit_mb:.0f} MB. Start the server with a larger --max-upload-size."
                )
                raise Refusal(413, "too_large", message)
            await asyncio.to_thread(file.write, chunk)


async def _read_field(part: BodyPartReader) -> bytes:
    value = bytearray()
    while chunk := await part.read_chunk(_FIELD_LIMIT_BYTES):
        value += chunk
        if len(value) > _FIELD_LIMIT_BYTES:
            raise Refusal(413, "too_large", f"The field {part.name} is too long.")
    return bytes(value)
