"""Whatever is broken in a workflow file, reading it ends in a graph or in sentences."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.document import parse_prompt
from graph.errors import GraphError
from graph.validate import check
from graph.workflow import read_workflow
from tests.graph.workflow.drawing import CATALOG, Sheet, Subgraph
from tests.graph.workflow.test_group_nodes import GROUP, sheet_with_group


def everything() -> dict[str, Any]:
    """A workflow with a subgraph, a group node, a reroute, a primitive, a bypassed node and dynamic inputs."""
    sheet = sheet_with_group(copy.deepcopy(GROUP), [1, 2, 3, "fixed", 4, "euler", 0.5], 2)
    sub = Subgraph()
    inside = sub.node("Sample", [7, "fixed", 30, "heun", 0.5], inputs={"model": "MODEL"}, outputs=("LATENT",))
    sub.enter("model", "MODEL", inside, "model")
    sub.enter("steps", "INT", inside, "steps", widget=True)
    sub.leave(inside, 0, "LATENT")
    instance = sub.place(sheet, [9], properties={"proxyWidgets": [["-1", "steps"]]})
    reroute = sheet.node("Reroute", inputs={"": "*"}, outputs=("*",))
    passed = sheet.node("Patch", [1], inputs={"model": "MODEL"}, outputs=("MODEL",), mode=4)
    sheet.link(1, 0, reroute, "")
    sheet.link(reroute, 0, passed, "model")
    sheet.link(passed, 0, instance, "model")
    primitive = sheet.node("PrimitiveNode", [3, "fixed"], outputs=("INT",))
    sheet.link(primitive, 0, sheet.node("Resize", ["size", 1, 2, 3], inputs={}), "by.width", widget=True)
    sheet.link(instance, 0, sheet.node("Join", [1], inputs={"images.image0": "IMAGE"}), "images.image0")
    return sheet.to_json()


WHOLE = everything()


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*way, key)
        yield from places(inner, (*way, key))


WAYS = list(places(WHOLE))
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 5)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "1", "-10", "x"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "0", "name"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def test_the_whole_can_be_read() -> None:
    assert len(read_workflow(WHOLE, CATALOG).calls) == 8


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(WAYS), ODD), min_size=1, max_size=4))
def test_any_part_may_be_replaced_by_anything(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    data = copy.deepcopy(WHOLE)
    for way, odd in changes:
        holder: Any = data
        try:
            for key in way[:-1]:
                holder = holder[key]
            holder[way[-1]] = odd
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took this place away
    graph = sentences = None
    try:
        graph = read_workflow(data, CATALOG)
    except GraphError as error:
        sentences = str(error)
    if graph is None:
        assert sentences
    else:
        check(graph, CATALOG)
        assert parse_prompt(graph.to_prompt()) == graph


def test_subgraphs_far_too_deep_in_each_other_are_refused() -> None:
    definitions = [
        {"id": f"s{n}", "nodes": [{"id": 1, "type": f"s{n + 1}", "inputs": [], "outputs": []}], "links": []}
        for n in range(2000)
    ]
    sheet = Sheet()
    sheet.node("s0")
    sheet.more = {"definitions": {"subgraphs": definitions}}
    with pytest.raises(GraphError, match="Subgraphs lie in each other more than 64 deep"):
        sheet.read()
