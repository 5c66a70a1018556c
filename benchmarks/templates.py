"""How much of the official workflow templates Easel takes: ``python -m benchmarks.templates``.

Needs ``pip install comfyui-workflow-templates-json``, or the folder of any collection of workflows as argument. Every
template has to become a graph; what then keeps it from running has to be a node type that Easel lacks, or a fault of
its own. With ``--object-info FILE`` (the answer of another server) more node types are known, to try the conversion
further; a template may then be newer than that list.
"""

from __future__ import annotations

import argparse
import importlib.resources
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from graph.catalog import Catalog
from graph.errors import GraphError, Problem
from graph.input_json import read_input
from graph.spec import Choice, Input, NodeSpec, Output
from graph.validate import check
from graph.workflow import is_workflow, read_workflow

PACKAGE: Final = "comfyui_workflow_templates_json"
_SHOWN: Final = 40


@dataclass(frozen=True)
class Judged:
    """One template. refused: why it is no graph. calls: its size. lacking: node types it needs that are not known.

    problems: what is wrong with it though all its node types are known.
    """

    name: str
    refused: str = ""
    calls: int = 0
    lacking: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def is_valid(self) -> bool:
        return not (self.refused or self.lacking or self.problems)


def read_templates(folder: Path | None = None) -> Iterator[tuple[str, Any]]:
    """The workflows of a folder, or of the official templates, by name. Raises ModuleNotFoundError without those."""
    root = folder or Path(str(importlib.resources.files(PACKAGE)))
    for path in sorted(root.rglob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        if is_workflow(document):
            yield path.stem, document


def judge(name: str, document: Any, catalog: Catalog) -> Judged:
    """Convert and check one template. Files are not looked for."""
    try:
        graph = read_workflow(document, catalog)
    except GraphError as error:
        return Judged(name, refused=str(error))
    types = {call.node_type for call in graph.calls.values()}
    lacking = tuple(sorted(types - catalog.keys()))
    problems = () if lacking else tuple(check(graph, catalog).problems)
    return Judged(name, "", len(graph.calls), lacking, problems)


def read_object_info(data: Mapping[str, Any]) -> Iterator[NodeSpec]:
    """The node types that an answer of ``GET /object_info`` declares. Choices that list nothing stand for files."""
    for name, info in data.items():
        inputs = tuple(
            _with_files(read_input(key, entry, required=section == "required"))
            for section in ("required", "optional")
            for key, entry in (info["input"].get(section) or {}).items()
        )
        types = ["COMBO" if isinstance(kind, list) else str(kind) for kind in info["output"]]
        outputs = tuple(Output(str(n or t), t) for n, t in zip(info["output_name"], types, strict=True))
        yield NodeSpec(name, inputs, outputs, is_output=bool(info.get("output_node")))


def report(judged: Iterable[Judged]) -> Iterator[str]:
    """The lines of the report."""
    found = list(judged)
    converted = [one for one in found if not one.refused]
    known = [one for one in converted if not one.lacking]
    yield f"{len(found)} workflows, {len(converted)} converted to graphs of {sum(o.calls for o in converted)} nodes"
    yield f"{len(known)} need only node types that are known, {sum(o.is_valid for o in known)} of them are valid"
    for one in found:
        for line in (one.refused, *(f"node {p.call}: {p.message}{_blame(p)}" for p in one.problems)):
            if line:
                yield f"  {one.name}: {line}"
    lacking = Counter(name for one in found for name in one.lacking)
    yield f"{len(lacking)} node types are lacking; by how many workflows need them:"
    yield from (f"  {count:4} {name}" for name, count in lacking.most_common(_SHOWN))
    alone = Counter(one.lacking[0] for one in found if len(one.lacking) == 1)
    yield "and those that are all a workflow lacks:"
    yield from (f"  {count:4} {name}" for name, count in alone.most_common(_SHOWN))


def _blame(problem: Problem) -> str:
    """Whose fault it is, where that is neither the template's nor its reader's."""
    return " (An option newer than this list of node types.)" if problem.code == "value_not_in_list" else ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.templates", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--object-info", type=Path, metavar="FILE")
    options = parser.parse_args()
    import nodes  # only now: it needs torch

    specs = [node.spec for node in nodes.builtin()]
    if options.object_info is not None:
        specs = [*read_object_info(json.loads(options.object_info.read_text(encoding="utf-8"))), *specs]
    try:
        templates = list(read_templates(options.folder))
    except ModuleNotFoundError:
        sys.stderr.write("Install comfyui-workflow-templates-json, or name a folder of workflows.\n")
        return 2
    catalog = Catalog(specs)
    start = time.perf_counter()
    judged = [judge(name, document, catalog) for name, document in templates]
    seconds = time.perf_counter() - start
    print("\n".join(report(judged)))
    print(f"converted and checked in {seconds:.2f} s")
    return 1 if any(one.refused for one in judged) else 0


def _with_files(item: Input) -> Input:
    is_file = isinstance(item.kind, Choice) and not item.kind.options
    return Input(**{**vars(item), "kind": Choice(folder="models")}) if is_file else item


if __name__ == "__main__":
    sys.exit(main())
