"""How many bytes a value on a wire holds on to."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from typing import Any, Final

_SMALLEST: Final = 64


def size_of(value: Any) -> int:
    """Bytes of tensors and pictures, however deep they lie in lists, mappings and dataclasses; shared ones count once.

    Loaded networks count as nothing: their weights are mapped from the file, and what is resident belongs to Memory.
    """
    total, seen, waiting = 0, set[int](), [value]
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        total += _own_bytes(item)
        waiting += _parts(item)
    return total


def _own_bytes(item: Any) -> int:
    nbytes = getattr(item, "nbytes", None)
    if isinstance(nbytes, int):
        return nbytes + _SMALLEST
    if isinstance(item, str | bytes | bytearray):
        return sys.getsizeof(item)
    return _SMALLEST


def _parts(item: Any) -> list[Any]:
    if isinstance(item, Mapping):
        return list(item.values())
    if isinstance(item, list | tuple | set | frozenset):
        return list(item)
    if dataclasses.is_dataclass(item) and not isinstance(item, type):
        return [getattr(item, f.name) for f in dataclasses.fields(item)]
    return []
