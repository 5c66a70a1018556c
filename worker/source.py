"""What a file given to ``server.py run`` or ``convert`` holds: API JSON, editor JSON, or a picture ... with either."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec

from files.embed import read_metadata
from files.errors import FileProblem
from graph.catalog import Catalog
from graph.document import Graph, parse_prompt
from graph.workflow import is_workflow, read_workflow

_LIMIT_BYTES: Final = 200_000_000
_START_BYTES: Final = 64


@dataclass(frozen=True)
class Source:
    """document: API JSON or editor JSON. workflow: the editor's document that came along, or None."""

    document: Any
    workflow: Any = None

    def read(self, catalog: Catalog, chance: Random | None = None) -> Graph:
        """The graph; ``chance`` decides ``{a|b}`` in an editor's prompts. Raises GraphError with all that is wrong."""
        if is_workflow(self.document):
            return read_workflow(self.document, catalog, chance)
        return parse_prompt(self.document)


def open_source(path: Path) -> Source:
    """What the file holds. Raises FileProblem with the reason when it holds no graph."""
    try:
        with open(path, "rb") as file:
            start = file.read(_START_BYTES).removeprefix(codecs.BOM_UTF8).lstrip()
            if not start.startswith((b"{", b"[")):
                return _from_carrier(path)
            data = start + file.read(_LIMIT_BYTES)
    except OSError as error:
        raise FileProblem(f"Cannot read {path}: {error.strerror}.") from error
    if len(data) > _LIMIT_BYTES:
        raise FileProblem(f"{path} is larger than any workflow.")
    return _from_json(data, path)


def _from_json(data: bytes, path: Path) -> Source:
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise FileProblem(f"{path} is not valid JSON: {error}.") from error
    if not isinstance(document, dict):
        raise FileProblem(f"{path} holds a list, not a workflow.")
    if is_workflow(document):
        return Source(document, document)
    # What clients send to /prompt is also what some people keep.
    inner, edited = document.get("prompt"), document.get("workflow")
    if isinstance(inner, dict) and "class_type" not in document:
        return Source(inner, inner if is_workflow(inner) else edited or _workflow_beside(document))
    if is_workflow(edited):
        return Source(edited, edited)
    return Source(document)


def _from_carrier(path: Path) -> Source:
    try:
        texts = read_metadata(path)
    except FileProblem as error:
        raise FileProblem(f"{path} is neither JSON nor a picture, sound, film or model that can be read.") from error
    prompt, workflow = texts.get("prompt"), texts.get("workflow")
    if isinstance(prompt, dict):
        return Source(prompt, workflow)
    if isinstance(workflow, dict):
        return Source(workflow, workflow)
    if "parameters" in texts:
        raise FileProblem(
            f"{path} carries no workflow, only what the Stable Diffusion web UI notes:\n{texts['parameters']}"
        )
    raise FileProblem(f"{path} carries no workflow. It was saved without one, or another program has removed it.")


def _workflow_beside(document: Mapping[str, Any]) -> Any:
    extra = document.get("extra_data")
    png_info = extra.get("extra_pnginfo") if isinstance(extra, dict) else None
    return png_info.get("workflow") if isinstance(png_info, dict) else None
