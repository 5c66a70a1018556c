"""Text into files."""

from __future__ import annotations

import json
from typing import Annotated

from files.save import Saver, fill_in
from graph.node import Done, Slot, node
from graph.spec import Choice, Text

FORMATS = ("txt", "csv", "md", "json")


@node("SaveText", display_name="Save Text", category="utils", output=True, needs_device=False, not_idempotent=True)
def save_text(
    *,
    text: Annotated[str, Text(multiline=True), Slot(socket_only=True)],
    filename_prefix: Annotated[
        str, Text(), "Start of the file name; may hold a folder and %date:yyyy-MM-dd%."
    ] = "Easel",
    format: Annotated[str, Choice(FORMATS, modern=True), "json: valid JSON is indented."] = "txt",
    saver: Saver,
) -> Done[Annotated[str, Text(), Slot(name="text")]]:
    """Write a text into the output folder, and pass it on."""
    written = (indent_json(text) if format == "json" else text).encode("utf-8", "surrogatepass")
    saved = saver.save(lambda file: file.write(written), fill_in(filename_prefix, 0, 0), f".{format}", place="output")
    return Done((text,), {"text": [text], "files": [saved]})


def indent_json(text: str) -> str:
    """JSON with an indent of two; a text that is none stays as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
