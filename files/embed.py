"""Graphs carried inside files: reading what a picture, a sound, a film or a model was made with.

A file is known by its first bytes, not by its name. Only what lies beside the pixels is read, each text up to a limit.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Final

from files.carriers.containers import read_glb, read_safetensors, read_svg
from files.carriers.exif import read_exif
from files.carriers.exr import read_exr
from files.carriers.media import read_media
from files.carriers.png import read_png
from files.carriers.texts import Unreadable
from files.errors import FileProblem

Reader = Callable[[IO[bytes]], Mapping[str, str]]

_HEAD_BYTES: Final = 64
# FLAC, Ogg, MP3 with and without tags, Matroska, WAV and AVI, AIFF. (FFmpeg itself takes any text for some film.)
_MEDIA: Final = (b"fLaC", b"OggS", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\x1a\x45\xdf\xa3", b"RIFF", b"FORM")
# Some programs put everything as one JSON object into one of these.
_BAGS: Final = ("comment", "usercomment", "description", "metadata")
_GRAPHS: Final = ("prompt", "workflow")


def read_metadata(path: Path) -> dict[str, Any]:
    """What a file carries beside its content: prompt, workflow and other keys, JSON values parsed.

    PNG, APNG, WebP, JPEG, AVIF, OpenEXR, SVG, FLAC, MP3, Ogg, MP4, WebM, GLB, safetensors and what else Pillow can
    read. Text of the Stable Diffusion web UI is under ``parameters``. Raises FileProblem when the file is
    none of these.
    """
    try:
        with open(path, "rb") as file:
            texts = _read(file)
    except OSError as error:
        raise FileProblem(f"Cannot read {path.name}: {error.strerror or error}.") from error
    except Unreadable as error:
        raise FileProblem(f"{path.name} is not a picture, sound, film or model that can be read.") from error
    found = {key: parse(value) for key, value in texts.items()}
    for bag in _BAGS:
        inner = found.get(bag)
        if isinstance(inner, dict) and not any(key in found for key in _GRAPHS):
            found |= {key: parse(inner[key]) for key in _GRAPHS if key in inner}
    return found


def parse(text: Any) -> Any:
    """The JSON value that a text holds; the text itself if it holds none."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _read(file: IO[bytes]) -> Mapping[str, str]:
    head = file.read(_HEAD_BYTES)
    for reader in _readers(head):
        file.seek(0)
        try:
            return reader(file)
        except Unreadable:
            continue
    raise Unreadable


def _readers(head: bytes) -> tuple[Reader, ...]:
    """Who may be able to read a file that begins like this; those of signatures that are sure, alone."""
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return (read_png,)
    if head.startswith(b"glTF"):
        return (read_glb,)
    if head.startswith(b"\x76\x2f\x31\x01"):
        return (read_exr,)
    if head.startswith(b"\xff\xd8\xff") or head[8:12] == b"WEBP" or brand in (b"avif", b"avis", b"mif1", b"heic"):
        return (read_exif,)
    if brand or head.startswith(_MEDIA):
        return (read_media,)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return (read_svg,)
    if head[8:9] == b"{":
        return (read_safetensors,)
    return (read_exif,)
