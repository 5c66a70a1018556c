"""Frames over a local stream socket: two lengths, a JSON head, and optionally a binary body.

The server makes the sockets. Where the system can hand a socket to a child process it is one end of a pair; elsewhere
the child connects to a port on loopback and shows a secret first, so that no other local program can pose as a worker.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import IO, Final

import msgspec

_LENGTHS: Final = struct.Struct("!II")
HEAD_LIMIT_BYTES: Final = 512 * 1024 * 1024
BODY_LIMIT_BYTES: Final = 512 * 1024 * 1024

_encode = msgspec.json.Encoder().encode


class BrokenFrame(Exception):
    """The other side sent what is no frame; nothing after it can be read."""


def pack(message: msgspec.Struct, body: bytes = b"") -> bytes:
    """One frame."""
    head = _encode(message)
    return _LENGTHS.pack(len(head), len(body)) + head + body


def read_frame(stream: IO[bytes]) -> tuple[bytes, bytes] | None:
    """Head and body of the next frame from a blocking stream; None when the other side is gone."""
    lengths = stream.read(_LENGTHS.size)
    if lengths is None or len(lengths) < _LENGTHS.size:
        return None
    head_bytes, body_bytes = _sizes(lengths)
    content = stream.read(head_bytes + body_bytes)
    if len(content) < head_bytes + body_bytes:
        return None
    return content[:head_bytes], content[head_bytes:]


async def receive_frame(reader: asyncio.StreamReader) -> tuple[bytes, bytes] | None:
    """Head and body of the next frame; None when the other side is gone."""
    try:
        head_bytes, body_bytes = _sizes(await reader.readexactly(_LENGTHS.size))
        content = await reader.readexactly(head_bytes + body_bytes)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return content[:head_bytes], content[head_bytes:]


def can_hand_over() -> bool:
    """Whether a child process can inherit a socket by its number here."""
    return hasattr(socket, "AF_UNIX")


def _sizes(lengths: bytes) -> tuple[int, int]:
    head_bytes, body_bytes = _LENGTHS.unpack(lengths)
    if head_bytes > HEAD_LIMIT_BYTES or body_bytes > BODY_LIMIT_BYTES:
        raise BrokenFrame(
            f"A frame claims {head_bytes} + {body_bytes} bytes; something else wrote to the worker's socket."
        )
    return head_bytes, body_bytes
