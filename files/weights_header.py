"""The head of a safetensors file: what it says of itself, read without its weights."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, Final

import msgspec

from files.errors import FileProblem

_LIMIT_BYTES: Final = 100_000_000


class _Head(msgspec.Struct, rename={"metadata": "__metadata__"}):
    metadata: dict[str, Any] | None = None


def read_weights_metadata(path: Path) -> dict[str, Any] | None:
    """``__metadata__`` of a safetensors file; None when it has none. Raises FileProblem when it is no such file."""
    try:
        with path.open("rb") as file:
            length = file.read(8)
            size = struct.unpack("<Q", length)[0] if len(length) == 8 else 0
            if not 0 < size <= min(_LIMIT_BYTES, path.stat().st_size):
                raise FileProblem(f"{path.name} is not a safetensors file.")
            return msgspec.json.decode(file.read(size), type=_Head).metadata
    except (msgspec.DecodeError, OSError) as error:
        raise FileProblem(f"{path.name} is not a safetensors file.") from error
