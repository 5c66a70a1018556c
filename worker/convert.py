"""``server.py convert FILE``: a workflow of the editor as the JSON that the API takes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Final

from files.errors import FileProblem
from graph.catalog import Catalog
from graph.document import Graph
from graph.errors import GraphError
from graph.problems import unknown_types
from graph.workflow import is_workflow
from jobs.options import ConvertOptions
from jobs.places import open_folders
from worker.headless import take_stdout
from worker.loading import load_nodes
from worker.source import Source, open_source

_CONVERTED: Final = 0
_IN_PART: Final = 1
_WRONG: Final = 2


def convert_file(options: ConvertOptions) -> int:
    """Convert the file; returns the exit code. What cannot be converted is said on stderr, node by node."""
    try:
        source = open_source(options.file)
        out = take_stdout()
        nodes = load_nodes(options, open_folders(options))[0]
        catalog = Catalog(node.spec for node in nodes.values())
        graph = source.read(catalog)
        text = json.dumps(graph.to_prompt(), indent=2, ensure_ascii=False) + "\n"
        if options.to is None:
            out.write(text)
            out.flush()
        else:
            _write(options, text)
    except (FileProblem, GraphError) as error:
        sys.stderr.write(f"{error}\n")
        return _WRONG
    lost = list(tell_lost(graph, catalog, source))
    sys.stderr.writelines(f"{sentence}\n" for sentence in lost)
    return _IN_PART if lost else _CONVERTED


def tell_lost(graph: Graph, catalog: Catalog, source: Source) -> Iterator[str]:
    """A sentence for each node of a type that is not here; only its declaration tells which value is for what."""
    unknown = [call for call in graph.calls.values() if call.node_type not in catalog]
    for problem in unknown_types(unknown, catalog)[1:] if unknown else ():
        lost = " Of its values, only those are here that the file itself names." if is_workflow(source.document) else ""
        yield f"{problem.message}{lost}"


def _write(options: ConvertOptions, text: str) -> None:
    assert options.to is not None
    try:
        options.to.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileProblem(f"Cannot write {options.to}: {error.strerror}.") from error
