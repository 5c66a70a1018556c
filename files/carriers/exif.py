"""Text in EXIF fields, as WebP, JPEG and AVIF carry it: ``prompt:{...}`` in Model, ``workflow:{...}`` in Make ..."""

from __future__ import annotations

import re
import warnings
from typing import IO, Any, Final

from PIL import Image, UnidentifiedImageError

from files.carriers.texts import Unreadable

_EXIF_IFD: Final = 0x8769
_USER_COMMENT: Final = 0x9286
_TITLED: Final = re.compile(r"\s*([A-Za-z][\w .-]{0,60}?)\s*:\s*(?=[{\[])")
_CODES: Final = {b"ASCII\0\0\0": "utf-8", b"\0" * 8: "utf-8"}


def read_exif(file: IO[bytes]) -> dict[str, str]:
    """The texts of a picture that Pillow can open. Its pixels are not read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd EXIF and of large pictures; neither matters here
            with Image.open(file) as picture:
                texts = {str(k): v for k, v in picture.info.items() if isinstance(v, str)}
                comment = picture.info.get("comment")
                exif = picture.getexif()
                found = _texts_of(exif)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, KeyError) as error:
        raise Unreadable from error
    if isinstance(comment, bytes):
        texts["comment"] = comment.decode("utf-8", "replace")
    return {**texts, **found}


def texts_of_exif(data: bytes) -> dict[str, str]:
    """The texts of an EXIF block."""
    exif = Image.Exif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exif.load(data)
            return _texts_of(exif)
    except (OSError, ValueError, SyntaxError, KeyError):
        return {}


def _texts_of(exif: Image.Exif) -> dict[str, str]:
    """Those of the fields that hold ``name:`` and JSON; and the user's comment."""
    texts: dict[str, str] = {}
    for tag in sorted(exif, reverse=True):
        value = exif.get(tag)
        text = _decode(value) if isinstance(value, bytes) else value
        title = _TITLED.match(text) if isinstance(text, str) else None
        if title is not None and isinstance(text, str):
            texts.setdefault(title[1].lower(), text[title.end() :].rstrip("\0"))
    comment = _decode(exif.get_ifd(_EXIF_IFD).get(_USER_COMMENT))
    if comment:
        title = _TITLED.match(comment)
        # The Stable Diffusion web UI has its text here.
        name = title[1].lower() if title else "usercomment" if comment.lstrip().startswith("{") else "parameters"
        texts.setdefault(name, comment[title.end() :] if title else comment)
    return texts


def _decode(value: Any) -> str:
    """A comment's text; its first eight bytes name its encoding."""
    if isinstance(value, str):
        return value.rstrip("\0")
    if not isinstance(value, bytes):
        return ""
    code, text = value[:8], value[8:]
    if code == b"UNICODE\0":
        # The standard has the file's byte order; programs write either.
        big = text[:1] == b"\0"
        return text.decode("utf-16-be" if big else "utf-16-le", "replace").lstrip("\ufeff").rstrip("\0")
    return (text if code in _CODES else value).decode("utf-8", "replace").rstrip("\0")
