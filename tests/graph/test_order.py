"""Ancestry, order, cycles; networkx says what is right."""

from __future__ import annotations

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from graph.order import find_cycles, sources_first

Sources = dict[str, tuple[str, ...]]
ids = st.sampled_from("abcdefgh")
any_graph = st.dictionaries(ids, st.lists(ids, max_size=4, unique=True).map(tuple))


def digraph(sources: Sources) -> nx.DiGraph[str]:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(sources)
    graph.add_edges_from((s, call) for call, found in sources.items() for s in found if s in sources)
    return graph


@given(any_graph, st.lists(ids, max_size=3))
def test_order_names_the_wanted_and_their_ancestors_once_each_after_its_sources(s: Sources, wanted: list[str]) -> None:
    order, has_cycle = sources_first(wanted, s)
    graph = digraph(s)
    needed = {w for w in wanted if w in s} | {a for w in wanted if w in s for a in nx.ancestors(graph, w)}
    part = graph.subgraph(needed)
    assert sorted(order) == sorted(needed)
    assert has_cycle == (not nx.is_directed_acyclic_graph(part))
    if not has_cycle:
        assert all(order.index(a) < order.index(b) for a, b in part.edges)


@given(any_graph)
def test_every_knot_of_calls_gives_one_cycle_of_real_links(sources: Sources) -> None:
    graph = digraph(sources)
    cycles = find_cycles(list(sources), sources)
    for cycle in cycles:
        assert all(graph.has_edge(a, b) for a, b in zip(cycle, [*cycle[1:], cycle[0]], strict=True))
    knots = [k for k in nx.strongly_connected_components(graph) if len(k) > 1 or any(graph.has_edge(c, c) for c in k)]
    assert len(cycles) == len(knots)


def test_a_chain_of_20000_is_no_deeper_than_one_of_two() -> None:
    sources: Sources = {"0": ()} | {str(i): (str(i - 1),) for i in range(1, 20_000)}
    assert sources_first(["19999"], sources) == ([str(i) for i in range(20_000)], False)
