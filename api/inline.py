"""Files inside a graph: ``data:image/png;base64,...`` where a node takes a file of the input folder."""

from __future__ import annotations

import binascii
import hashlib
import mimetypes
import re
from dataclasses import replace
from typing import Any, Final

from files.folders import Folders
from files.write import write_whole
from graph.catalog import Catalog
from graph.document import Graph
from graph.errors import GraphError, Problem
from graph.spec import Choice, NodeSpec

_FOLDER: Final = "inline"
_DATA: Final = re.compile(r"data:(?P<mime>[\w.+-]+/[\w.+-]+)?(?:;[\w=.+-]+)*;base64,", re.IGNORECASE)
_ENDINGS: Final = {"image/jpeg": ".jpg", "image/webp": ".webp", "audio/wav": ".wav", "audio/flac": ".flac"}


def keep_files(graph: Graph, catalog: Catalog, folders: Folders) -> Graph:
    """The graph with files that it holds put into the input folder, and named instead.

    A file's name is the hash of its bytes: the same picture sent twice is one file, and what was made of it is known.
    Raises GraphError for data that is no base64.
    """
    problems: list[Problem] = []
    calls = {}
    for call_id, call in graph.calls.items():
        spec = catalog.get(call.node_type)
        held = {} if spec is None else {n: v for n, v in call.inputs.items() if _is_file(spec, n, v)}
        kept = {name: _keep(value, folders, call_id, name, problems) for name, value in held.items()}
        calls[call_id] = call.with_inputs({**call.inputs, **kept}) if kept else call
    if problems:
        raise GraphError(problems)
    return replace(graph, calls=calls)


def _is_file(spec: NodeSpec, name: str, value: Any) -> bool:
    if not isinstance(value, str) or value[:5].lower() != "data:":
        return False
    kinds = [i.kind for i in spec.inputs if i.name == name]
    return any(isinstance(kind, Choice) and kind.folder == "input" for kind in kinds)


def _keep(value: str, folders: Folders, call: str, name: str, problems: list[Problem]) -> str:
    head = _DATA.match(value)
    try:
        data = binascii.a2b_base64(value[head.end() :], strict_mode=True) if head else b""
    except ValueError:  # binascii.Error is one
        data = b""
    if head is None or not data:
        message = f"{name} holds data that cannot be read. Send it as data:image/png;base64,... or upload the file."
        problems.append(Problem("bad_inline_file", message, call, name))
        return value
    mime = (head["mime"] or "").lower()
    ending = _ENDINGS.get(mime) or mimetypes.guess_extension(mime) or ".png"
    shown = f"{_FOLDER}/{hashlib.sha256(data).hexdigest()[:32]}{ending}"
    if not (folders.input / shown).is_file():
        write_whole(folders.input / shown, data)
    return shown
