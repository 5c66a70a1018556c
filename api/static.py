"""The editor: what no route claims is looked for in the front-end folder, ``web/dist`` or ``--front-end-root``."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from api.errors import Handler

_COMPRESSIBLE: Final = ("text/", "application/javascript", "application/json", "image/svg+xml")
_LEAST_BYTES: Final = 1_000
_GZIP_LEVEL: Final = 6
# The build gives these files names that hold a hash of their content, so a name never changes its meaning.
_HASHED: Final = re.compile(r"^assets/.+-[\w-]{8,}\.\w+$")
_TYPES: Final = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class StaticFile:
    """A file read once: its bytes, also compressed where that helps."""

    changed: tuple[int, int]
    body: bytes
    zipped: bytes | None
    content_type: str
    etag: str


def front_end(root: Path) -> Middleware:
    """The middleware that serves the folder's files at the paths that no route claims; ``/`` is its index.html."""
    kept: dict[Path, StaticFile] = {}

    @web.middleware
    async def serve(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method not in ("GET", "HEAD") or not _is_unclaimed(request):
            return await handler(request)
        path = find(root, request.path)
        if path is None:
            return await handler(request)
        stat = path.stat()
        file = kept.get(path)
        if file is None or file.changed != (stat.st_mtime_ns, stat.st_size):
            file = kept[path] = await asyncio.to_thread(read, path)
        return answer(request, file, is_hashed=_HASHED.match(path.relative_to(root).as_posix()) is not None)

    return serve


def find(root: Path, path: str) -> Path | None:
    """The file of the folder at that path, if there is one; links that lead out of the folder do not count."""
    name = path.lstrip("/") or "index.html"
    if "\0" in name or any(part.startswith(".") for part in name.split("/")):
        return None
    found = (root / name).resolve()
    try:
        return found if found.is_relative_to(root) and found.is_file() else None
    except OSError:  # a name that is too long, for one
        return None


def read(path: Path) -> StaticFile:
    """The file with its type and its compressed form."""
    stat = path.stat()
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    zipped = None
    if kind.startswith(_COMPRESSIBLE) and len(body) >= _LEAST_BYTES:
        zipped = gzip.compress(body, _GZIP_LEVEL, mtime=0)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return StaticFile((stat.st_mtime_ns, stat.st_size), body, zipped, kind, etag)


def answer(request: web.Request, file: StaticFile, *, is_hashed: bool) -> web.Response:
    """The file, or 304 if the browser has it. Names with a hash are kept for a year, others are asked for again."""
    headers = {
        "ETag": file.etag,
        "Cache-Control": "public, max-age=31536000, immutable" if is_hashed else "no-cache",
        "Vary": "Accept-Encoding",
    }
    if file.etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    body = file.body
    if file.zipped is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = file.zipped
    charset = "utf-8" if file.content_type.startswith("text/") else None
    return web.Response(body=body, content_type=file.content_type, charset=charset, headers=headers)


def _is_unclaimed(request: web.Request) -> bool:
    error = request.match_info.http_exception
    return request.path == "/" or (error is not None and error.status == 404)
