"""Networks into files, in the names of the files that they came from, one weight at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import IO

import torch
from torch import Tensor

from diffusion.adapters.merge import weight_of
from diffusion.checkpoint.header import DTYPES
from diffusion.errors import DiffusionError
from diffusion.memory import Patched

_NAMES = {dtype: name for name, dtype in DTYPES.items()}


@dataclass(frozen=True)
class Stored:
    """One tensor of a file. make: computes it, when its turn comes."""

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype
    make: Callable[[], Tensor]


def stored_weights(network: Patched, prefix: str) -> list[Stored]:
    """The network's weights with the patches on it, as its file has them: names behind ``prefix``, shapes, formats.

    Raises DiffusionError for a network that came from no such file.
    """
    handle = network.handle
    if handle.origin is None:
        raise DiffusionError(f"{handle.name} cannot be saved: it is kept in a form of its own. Copy its file instead.")
    return [
        Stored(prefix + handle.origin.names[name][0], handle.origin.names[name][1], weight.dtype, _maker(network, name))
        for name, weight in handle.weights.items()
    ]


def write_safetensors(file: IO[bytes], tensors: Sequence[Stored], metadata: Mapping[str, str]) -> None:
    """Write the tensors, in order, each made when it is written: memory holds one of them."""
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    end = 0
    for one in tensors:
        start, end = end, end + prod(one.shape) * one.dtype.itemsize
        header[one.name] = {"dtype": _NAMES[one.dtype], "shape": list(one.shape), "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # so that the data is aligned
    file.write(len(text).to_bytes(8, "little") + text)
    for part in _bytes(tensors):
        file.write(part)


def _bytes(tensors: Iterable[Stored]) -> Iterable[bytes]:
    for one in tensors:
        value = one.make().to("cpu", one.dtype).reshape(-1).contiguous()
        yield value.view(torch.uint8).numpy().tobytes()


def _maker(network: Patched, name: str) -> Callable[[], Tensor]:
    weight = network.handle.weights[name]
    if not any(name in patch.parameters() for patch in network.patches):
        return lambda: weight
    return lambda: weight_of(network, name, weight.float())
