"""What all readers share: how much text they take, and how they say that a file is not theirs."""

from __future__ import annotations

import struct
import zlib
from typing import IO, Final

# The largest workflows have a few megabytes; a small file can unpack to far more.
TEXT_BYTES_MAX: Final = 64_000_000


class Unreadable(Exception):
    """The file is not of the kind that was tried, or is broken before its texts."""


def unpack(data: bytes) -> bytes:
    """Bytes that zlib packed, up to the limit; empty if they are broken."""
    try:
        return zlib.decompressobj().decompress(data, TEXT_BYTES_MAX)
    except zlib.error:
        return b""


def read_exactly(file: IO[bytes], count: int) -> bytes:
    """So many bytes. Raises Unreadable when there are fewer, or when they are more than any text has."""
    if count > TEXT_BYTES_MAX:
        raise Unreadable
    data = file.read(count)
    if len(data) < count:
        raise Unreadable
    return data


def read_number(file: IO[bytes], form: str) -> int:
    """One whole number in ``struct``'s notation. Raises Unreadable at the end of the file."""
    (number,) = struct.unpack(form, read_exactly(file, struct.calcsize(form)))
    return int(number)
