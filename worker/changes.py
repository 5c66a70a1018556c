"""``--set NODE.INPUT=VALUE`` and ``--seed``: changes to a graph before it runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from graph.catalog import Catalog, nearest
from graph.document import Graph, Link, NodeCall
from graph.spec import Text

_SEEDS: Final = ("seed", "noise_seed")


class BadChange(Exception):
    """A change that does not fit the graph. The message says what would."""


def change_inputs(graph: Graph, catalog: Catalog, changes: Iterable[str]) -> Graph:
    """The graph with ``NODE.INPUT=VALUE`` applied in order; NODE is an id or a title. Raises BadChange."""
    calls = dict(graph.calls)
    for change in changes:
        target, equals, text = change.partition("=")
        if not equals or "." not in target:
            raise BadChange(f"'{change}' is not of the form NODE.INPUT=VALUE.")
        call, name = _find(calls, target)
        calls[call.id] = call.with_inputs({**call.inputs, name: _read_value(call, name, text, catalog)})
    return Graph(calls)


def change_seeds(graph: Graph, seed: int) -> Graph:
    """The graph with this seed wherever a node has one of its own. Raises BadChange when none has."""
    calls = {}
    for call in graph.calls.values():
        seeds = {n: seed for n in _SEEDS if n in call.inputs and not isinstance(call.inputs[n], Link)}
        calls[call.id] = call.with_inputs({**call.inputs, **seeds}) if seeds else call
    if calls == dict(graph.calls) and not any(s in c.inputs for c in graph.calls.values() for s in _SEEDS):
        raise BadChange("No node of this workflow takes a seed.")
    return Graph(calls)


def _find(calls: dict[str, NodeCall], target: str) -> tuple[NodeCall, str]:
    """The call and the input that ``target`` names. Ids, titles and inputs may hold dots; the longest node wins."""
    parts = target.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        node, name = ".".join(parts[:cut]), ".".join(parts[cut:])
        found = [calls[node]] if node in calls else [c for c in calls.values() if c.title == node]
        found = found or [c for c in calls.values() if c.node_type == node]
        if len(found) == 1:
            return found[0], name
        if found:
            ids = ", ".join(call.id for call in found)
            raise BadChange(f"There are {len(found)} nodes called '{node}': {ids}. Name one by its id.")
    node = target.rpartition(".")[0]
    meant = nearest(node, [*calls, *(c.title for c in calls.values() if c.title)])
    hint = f" Did you mean '{meant}'?" if meant else f" Its nodes: {', '.join(list(calls)[:20])}."
    raise BadChange(f"The workflow has no node '{node}'.{hint}")


def _read_value(call: NodeCall, name: str, text: str, catalog: Catalog) -> Any:
    spec = catalog.get(call.node_type)
    known = spec.input(name) if spec is not None else None
    if spec is not None and known is None and name not in call.inputs and not spec.takes_any_input:
        names = [i.name for i in spec.inputs]
        meant = nearest(name, names)
        hint = f"Did you mean {meant}?" if meant else f"It has {', '.join(names)}."
        raise BadChange(f"{call.node_type} (node {call.id}) has no input '{name}'. {hint}")
    if known is not None and isinstance(known.kind, Text):
        return text
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return text if isinstance(value, list | dict) else value
