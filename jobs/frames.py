"""Pictures as binary frames of the websocket."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Final

import msgspec

# The wire's numbers of frames.
PICTURE: Final = 1
RAW_PICTURE: Final = 2
"""Only between a pack and its engine: a picture that is not encoded yet."""
PICTURE_WITH_METADATA: Final = 4
_JPEG, _PNG = 1, 2


def encode_picture(picture: bytes, mime: str, about: Mapping[str, Any] | None) -> bytes:
    """The frame of an encoded picture, its number first: with what it is about, or (None) the picture alone."""
    if about is None:
        return struct.pack(">II", PICTURE, _PNG if mime == "image/png" else _JPEG) + picture
    head = msgspec.json.encode({**about, "image_type": mime}, enc_hook=str)
    return struct.pack(">II", PICTURE_WITH_METADATA, len(head)) + head + picture
