"""Text in OpenEXR: attributes of the type ``string`` in its header."""

from __future__ import annotations

from typing import IO

from files.carriers.texts import Unreadable, read_exactly, read_number

_NAME_BYTES_MAX = 256


def read_exr(file: IO[bytes]) -> dict[str, str]:
    """Its texts by attribute."""
    file.seek(8)
    texts: dict[str, str] = {}
    while name := _read_name(file):
        kind = _read_name(file)
        value = read_exactly(file, read_number(file, "<I"))
        if kind == "string":
            texts[name] = value.decode("utf-8", "replace")
    return texts


def _read_name(file: IO[bytes]) -> str:
    name = bytearray()
    while (byte := read_exactly(file, 1)) != b"\0":
        name += byte
        if len(name) > _NAME_BYTES_MAX:
            raise Unreadable
    return name.decode("utf-8", "replace")
