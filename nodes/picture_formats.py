"""Picture files that Pillow cannot write: PNG with 16 bits a colour, OpenEXR with floats."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

import numpy as np
from torch import Tensor

LEVEL = 1  # of zlib, as for 8-bit PNGs: half the time for a few percent


def png16(picture: Tensor, texts: Mapping[str, str]) -> bytes:
    """A PNG of 16 bits a channel of a picture ``(height, width, 1, 3 or 4)`` in 0..1, with text chunks."""
    height, width, channels = picture.shape
    samples = np.rint(picture.detach().float().clamp(0, 1).cpu().numpy() * 65535).astype(">u2")
    rows = samples.reshape(height, -1).view(np.uint8)
    # Filter 2 of the standard, "up": each byte less the one above it.
    differences = np.diff(rows, axis=0, prepend=np.zeros_like(rows[:1]))
    lines = np.concatenate([np.full((height, 1), 2, np.uint8), differences], axis=1)
    colour_type = {1: 0, 3: 2, 4: 6}[channels]
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)),
            *(_text_chunk(key, text) for key, text in texts.items()),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), LEVEL)),
            _chunk(b"IEND", b""),
        ]
    )


def exr(picture: Tensor, texts: Mapping[str, str]) -> bytes:
    """An OpenEXR file of 32-bit floats of a picture ``(height, width, 3 or 4)``, values as they are, losslessly packed.

    Scan lines, ZIPS compression (each line by itself), string attributes for the texts: the OpenEXR file layout.
    """
    height, width, channels = picture.shape
    names = "RGBA"[:channels]
    values = picture.detach().float().cpu().numpy().astype("<f4")
    planes = [values[:, :, names.index(name)] for name in sorted(names)]  # channels are stored by name
    lines = [_pack(b"".join(plane[y].tobytes() for plane in planes)) for y in range(height)]
    head = _exr_header(width, height, sorted(names), texts)
    sizes = np.cumsum([0, *(8 + len(line) for line in lines)])[:-1] + len(head) + 8 * height
    blocks = [struct.pack("<ii", y, len(line)) + line for y, line in enumerate(lines)]
    return head + sizes.astype("<u8").tobytes() + b"".join(blocks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _text_chunk(key: str, text: str) -> bytes:
    return _chunk(b"iTXt", key.encode("latin-1", "replace")[:79] + b"\0\0\0\0\0" + text.encode())


def _exr_header(width: int, height: int, names: list[str], texts: Mapping[str, str]) -> bytes:
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    channels = b"".join(name.encode() + b"\0" + struct.pack("<iB3xii", 2, 0, 1, 1) for name in names) + b"\0"
    attributes = [
        ("channels", "chlist", channels),
        ("compression", "compression", b"\x02"),
        ("dataWindow", "box2i", window),
        ("displayWindow", "box2i", window),
        ("lineOrder", "lineOrder", b"\0"),
        ("pixelAspectRatio", "float", struct.pack("<f", 1)),
        ("screenWindowCenter", "v2f", struct.pack("<2f", 0, 0)),
        ("screenWindowWidth", "float", struct.pack("<f", 1)),
        *((key[:31], "string", text.encode()) for key, text in texts.items()),
    ]
    body = b"".join(
        name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(data)) + data
        for name, kind, data in attributes
    )
    return struct.pack("<II", 20000630, 2) + body + b"\0"


def _pack(line: bytes) -> bytes:
    """Even bytes before odd ones, each as its difference from the last plus 128, zlib; raw where that is shorter."""
    data = np.frombuffer(line, np.uint8)
    split = np.concatenate([data[::2], data[1::2]])
    split[1:] = split[1:] - split[:-1] + np.uint8(128)
    packed = zlib.compress(split.tobytes(), LEVEL)
    return packed if len(packed) < len(line) else line
