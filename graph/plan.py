"""What a run would do, before it does it: which calls run, which results are known, and why not the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graph.cache import Cache, Key
from graph.document import Graph
from graph.errors import GraphError, Problem
from graph.fingerprints import Outside, fingerprint_calls
from graph.inputs import NodeType
from graph.keys import content_keys
from graph.node import Node
from graph.order import sources_first


@dataclass(frozen=True)
class Plan:
    """The way to the wanted outputs. Making one runs no node; its keys hold as long as files stay as they are.

    order: every call the outputs hang on, sources first. runs: those of them that run for sure, in that order; a lazy
    input's ancestors are not among them until their reader asks. cached: those whose results are known.
    """

    graph: Graph
    outputs: tuple[str, ...]
    order: tuple[str, ...]
    keys: Mapping[str, Key | None]
    runs: tuple[str, ...]
    cached: tuple[str, ...]
    outside: Outside | None = None

    def why(self, call: str) -> str:
        """The sentence that says why a call runs, or does not."""
        if call in self.cached:
            return "Its result is known."
        if call not in self.keys:
            return "No wanted output hangs on it."
        if call not in self.runs:
            return "Nothing that runs needs it, or only if it asks."
        if self.keys[call] is not None:
            rerun = next((s for s in self.graph.sources[call] if s in self.runs), None)
            return f"It reads node {rerun}, which runs." if rerun else "No result is kept for these values."
        source = next((s for s in self.graph.sources[call] if self.keys[s] is None), None)
        return f"It reads node {source}, which runs every time." if source else "It asks to run every time."

    @property
    def last_reader(self) -> Mapping[str, str]:
        """For each call whose outputs are read, the call after which they can be dropped."""
        return {source: call for call in self.runs for source in self.graph.sources[call]}


def make_plan(
    graph: Graph,
    nodes: Mapping[str, Node],
    outputs: Sequence[str] | None,
    cache: Cache,
    outside: Outside | None = None,
) -> Plan:
    """The plan for ``outputs`` (None: every output node) of a checked graph.

    ``outside(call, node)`` describes the files a call reads, so that a changed file is a changed key. Node types'
    fingerprints are called here. Raises GraphError where the graph turns out not to be one that ``check`` lets pass.
    """
    if outputs is None:
        outputs = [call.id for call in graph.calls.values() if nodes[call.node_type].spec.is_output]
    order, has_cycle = sources_first(outputs, graph.sources)
    _refuse_unchecked(graph, nodes, order, has_cycle)
    specs = {name: node.spec for name, node in nodes.items()}
    fingerprints = fingerprint_calls((graph.calls[c] for c in order), nodes, outside)
    keys = content_keys(graph, specs, order, fingerprints)
    known = {call for call, key in keys.items() if key is not None and key in cache}
    needed = _needed(graph, nodes, outputs, known)
    return Plan(
        graph=graph,
        outputs=tuple(outputs),
        order=tuple(order),
        keys=keys,
        runs=tuple(call for call in order if call in needed),
        cached=tuple(call for call in order if call in known),
        outside=outside,
    )


def _needed(graph: Graph, nodes: Mapping[str, Node], outputs: Sequence[str], known: set[str]) -> set[str]:
    types = {name: NodeType(nodes[name]) for name in {call.node_type for call in graph.calls.values()} if name in nodes}
    needed: set[str] = set()
    stack = list(outputs)
    while stack:
        call = stack.pop()
        if call not in needed and call not in known:
            needed.add(call)
            stack += types[graph.calls[call].node_type].eager_sources(graph.calls[call], graph.sources[call])
    return needed


def _refuse_unchecked(graph: Graph, nodes: Mapping[str, Node], order: Sequence[str], has_cycle: bool) -> None:
    problems = [
        Problem("invalid_prompt", f"There is no node type {graph.calls[call].node_type!r} here (node {call}).", call)
        for call in order
        if graph.calls[call].node_type not in nodes
    ]
    if has_cycle:
        problems.append(Problem("dependency_cycle", "Some nodes of the graph wait for each other."))
    if problems:
        raise GraphError(problems)
