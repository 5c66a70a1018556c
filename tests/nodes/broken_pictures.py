"""Pictures that begin well and cannot be read."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image


def png_that_ends_in_rubbish() -> bytes:
    """Half of its pixels, then a chunk that is none: Pillow raises a SyntaxError."""
    whole = io.BytesIO()
    Image.effect_noise((32, 32), 90).convert("RGB").save(whole, "PNG")
    data = whole.getvalue()
    at = data.index(b"IDAT")
    half = data[at + 4 : at + 4 + struct.unpack(">I", data[at - 4 : at])[0] // 2]
    chunk = struct.pack(">I", len(half)) + b"IDAT" + half + struct.pack(">I", zlib.crc32(b"IDAT" + half))
    return data[: at - 4] + chunk + b"\0\0\0\4\x08\x99\x01;rubbish."
