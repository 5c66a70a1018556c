"""Text in PNG: the standard's three chunks, and ``comf``, which animations made by ComfyUI carry after their pixels."""

from __future__ import annotations

import os
from typing import IO, Final

from files.carriers.exif import texts_of_exif
from files.carriers.texts import TEXT_BYTES_MAX, Unreadable, read_exactly, read_number, unpack

_SIGNATURE_BYTES: Final = 8
_CHECK_BYTES: Final = 4
_TEXTS: Final = (b"tEXt", b"zTXt", b"iTXt", b"comf")


def read_png(file: IO[bytes]) -> dict[str, str]:
    """Its texts by key. A file that ends too early gives those before its end."""
    file.seek(_SIGNATURE_BYTES)
    texts: dict[str, str] = {}
    exif: dict[str, str] = {}
    taken = 0
    try:
        while True:
            length, kind = read_number(file, ">I"), read_exactly(file, 4)
            if kind == b"IEND":
                break
            if kind not in (*_TEXTS, b"eXIf") or taken + length > TEXT_BYTES_MAX:
                file.seek(length + _CHECK_BYTES, os.SEEK_CUR)
                continue
            data = read_exactly(file, length)
            taken += length
            file.seek(_CHECK_BYTES, os.SEEK_CUR)
            if kind == b"eXIf":
                exif = texts_of_exif(data)
            else:
                key, text = _read_text(kind, data)
                texts.setdefault(key, text)
    except Unreadable:
        pass
    return {**exif, **texts}


def _read_text(kind: bytes, data: bytes) -> tuple[str, str]:
    key, _, rest = data.partition(b"\0")
    name = key.decode("latin-1")
    if kind == b"iTXt":
        is_packed, (_, _, rest) = rest[:1] == b"\1", rest[2:].partition(b"\0")  # the language
        _, _, text = rest.partition(b"\0")  # the key in it
        return name, (unpack(text) if is_packed else text).decode("utf-8", "replace")
    text = unpack(rest[1:]) if kind == b"zTXt" else rest
    try:
        return name, text.decode("utf-8")  # the standard says Latin-1; many programs write UTF-8
    except UnicodeDecodeError:
        return name, text.decode("latin-1")
