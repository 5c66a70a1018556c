"""Names, shapes and metadata of a safetensors file, read without touching its weights."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch

from diffusion.errors import BadFile

# The format's own limit on the header (safetensors README).
LARGEST_HEADER_BYTES = 100_000_000

DTYPES: Mapping[str, torch.dtype] = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


class TensorInfo(NamedTuple):
    """One tensor of a file. start and end: its bytes, counted from the file's beginning."""

    dtype: torch.dtype
    shape: tuple[int, ...]
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Header:
    tensors: Mapping[str, TensorInfo]
    metadata: Mapping[str, str]


def read_header(path: Path) -> Header:
    """What a safetensors file holds. Raises BadFile when it is damaged, cut short or something else."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            text = file.read(length if 0 < length <= LARGEST_HEADER_BYTES else 100)
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror or error}.") from error
    if not 0 < length <= LARGEST_HEADER_BYTES or not text.startswith(b"{"):
        raise BadFile(_not_safetensors(path, start + text, size))
    if length > size - 8:
        raise BadFile(_cut_short(path, size, 8 + length))
    return _parse(path, text, data_start=8 + length, size=size)


def _parse(path: Path, text: bytes, data_start: int, size: int) -> Header:
    try:
        entries: dict[str, Any] = msgspec.json.decode(text)
        metadata = {str(key): str(value) for key, value in entries.pop("__metadata__", {}).items()}
        tensors = {name: _tensor_info(entry, data_start) for name, entry in entries.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadFile(f"{path.name} is damaged: its list of weights cannot be read ({error}). Get it again.") from error
    promised = max((info.end for info in tensors.values()), default=data_start)
    if promised > size:
        raise BadFile(_cut_short(path, size, promised))
    return Header(tensors, metadata)


def _tensor_info(entry: Mapping[str, Any], data_start: int) -> TensorInfo:
    dtype = DTYPES.get(entry["dtype"])
    if dtype is None:
        raise ValueError(f"unknown number format {entry['dtype']}")
    shape = tuple(map(int, entry["shape"]))
    first, last = entry["data_offsets"]
    if first < 0 or last - first != prod(shape) * dtype.itemsize:
        raise ValueError(f"a weight of shape {list(shape)} with {last - first} bytes")
    return TensorInfo(dtype, shape, data_start + first, data_start + last)


def _cut_short(path: Path, size: int, promised: int) -> str:
    return f"{path.name} is cut short: it has {size:,} of {promised:,} bytes. Download it again."


def _not_safetensors(path: Path, beginning: bytes, size: int) -> str:
    if size < 8:
        return f"{path.name} is empty or cut short: it has {size} bytes. Download it again."
    if beginning.startswith(b"version https://git-lfs"):
        return f"{path.name} is a Git LFS pointer, not the model itself. Run 'git lfs pull', or download the file."
    if beginning.lstrip().lower().startswith((b"<!doctype", b"<html")):
        return f"{path.name} is a web page, not a model: the download needs a login or another address."
    if beginning.startswith((b"PK\x03\x04", b"\x80\x02")):
        return f"{path.name} is a PyTorch file under a wrong name. Rename it to end in .ckpt."
    return f"{path.name} is no safetensors file (it begins with {beginning[:8]!r}). Is it the right file?"
