"""Text in files with a JSON or XML head: safetensors (and .latent), GLB, SVG."""

from __future__ import annotations

import html
import json
import re
from typing import IO, Any, Final

from files.carriers.texts import TEXT_BYTES_MAX, Unreadable, read_exactly, read_number

_METADATA: Final = re.compile(r"<metadata\b[^>]*>(.*?)</metadata>", re.DOTALL)
_CDATA: Final = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_GLB_HEAD_BYTES: Final = 12
_GLB_JSON: Final = 0x4E4F534A


def read_safetensors(file: IO[bytes]) -> dict[str, str]:
    """The ``__metadata__`` of its header."""
    header = _decode(read_exactly(file, read_number(file, "<Q")))
    return _texts(header.get("__metadata__", {}))


def read_glb(file: IO[bytes]) -> dict[str, str]:
    """``asset.extras`` of its JSON chunk."""
    file.seek(_GLB_HEAD_BYTES)
    length, kind = read_number(file, "<I"), read_number(file, "<I")
    if kind != _GLB_JSON:
        raise Unreadable
    asset = _decode(read_exactly(file, length)).get("asset")
    return _texts(asset.get("extras")) if isinstance(asset, dict) else {}


def read_svg(file: IO[bytes]) -> dict[str, str]:
    """The JSON in its ``<metadata>``. (Read as text, not as XML: entities could unpack to any size.)"""
    text = file.read(TEXT_BYTES_MAX).decode("utf-8", "replace")
    if "<svg" not in text:
        raise Unreadable
    for match in _METADATA.finditer(text):
        inner = _CDATA.search(match[1])
        try:
            found = json.loads(inner[1] if inner else html.unescape(match[1]))
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return _texts(found)
    return {}


def _decode(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable from error
    if not isinstance(found, dict):
        raise Unreadable
    return found


def _texts(values: Any) -> dict[str, str]:
    """The values as texts, those that are JSON already as JSON text."""
    if not isinstance(values, dict):
        return {}
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
