"""JSON as text: what a model's answer holds, and values written down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

from graph.node import node
from graph.spec import Int, Port, Text

Indent = Annotated[int, Int(0, 8), "Spaces for each level; 0 writes a single line."]
DICT = Annotated[dict[str, Any], Port("DICT")]
ARRAY = Annotated[list[Any], Port("ARRAY")]


@node("JsonExtractString", display_name="Extract Text from JSON", category="utils/string", needs_device=False)
def extract_json(
    *,
    json_string: Annotated[str, Text(multiline=True), "Text with a JSON object in it; what stands around is ignored."],
    key: Annotated[str, Text()],
) -> Annotated[str, Text()]:
    """The value under a key of the first JSON object in a text; nothing if there is none, or no such key."""
    found = next(_objects(json_string), {}).get(key)
    if found is None:
        return ""
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


@node("ConvertDictionaryToString", display_name="Convert Dictionary to String", category="utils", needs_device=False)
def write_dictionary(*, dictionary: DICT, indent: Indent = 2) -> Annotated[str, Text()]:
    """A dictionary as JSON."""
    return to_json(dictionary, indent)


@node("ConvertArrayToString", display_name="Convert Array to String", category="utils", needs_device=False)
def write_array(*, array: ARRAY, indent: Indent = 2) -> Annotated[str, Text()]:
    """An array as JSON."""
    return to_json(array, indent)


def to_json(value: Any, indent: int) -> str:
    """The value as JSON. What JSON has no form for (tensors, models) is described in words."""
    return json.dumps(value, indent=indent or None, ensure_ascii=False, default=describe)


def describe(value: Any) -> str:
    """A value in a few words: its type, and its shape if it has one."""
    shape = getattr(value, "shape", None)
    return f"{type(value).__name__} {tuple(shape)}" if shape is not None else type(value).__name__


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects of a text, from left to right."""
    decoder, start = json.JSONDecoder(), text.find("{")
    while start >= 0:
        try:
            found, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            yield found
        start = text.find("{", end)
