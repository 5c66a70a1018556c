"""Group nodes, as files saved before subgraphs hold them."""

from __future__ import annotations

from typing import Any

import pytest

from graph.document import Link
from tests.graph.workflow.drawing import Sheet, read


def inner(index: int, node_type: str, inputs: list[str], outputs: list[str], values: list[Any], **more: Any) -> Any:
    return {
        "index": index,
        "id": -1,
        "type": node_type,
        "mode": 0,
        "inputs": [{"name": name.lower(), "type": name, "link": None} for name in inputs],
        "outputs": [{"name": name, "type": name, "links": []} for name in outputs],
        "widgets_values": values,
        **more,
    }


# Two patches in a row and a sampler on the second: seven values are shown, two models and two clips come in.
GROUP: dict[str, Any] = {
    "nodes": [
        inner(0, "Patch", ["CLIP", "MODEL"], ["CLIP", "MODEL"], [1]),
        inner(1, "Patch", ["CLIP", "MODEL"], ["CLIP", "MODEL"], [2], title="Second"),
        inner(2, "Sample", ["MODEL", "MASK"], ["LATENT"], [7, "fixed", 30, "heun", 0.5]),
    ],
    "links": [[None, 0, 0, 0, 11, "CLIP"], [0, 1, 1, 1, 12, "MODEL"], [1, 1, 2, 0, 13, "MODEL"]],
    "external": [],
}


def sheet_with_group(group: dict[str, Any], values: list[Any], slot: int = 0, separator: str = ">") -> Sheet:
    """A loader's model and clip into a group, and one of its outputs saved."""
    sheet = Sheet()
    loader = sheet.node("Load", ["a"], outputs=("MODEL", "CLIP"))
    sockets = {"clip": "CLIP", "model": "MODEL", "Second clip": "CLIP", "mask": "MASK"}
    node = sheet.node(f"workflow{separator}mine", values, inputs=sockets)
    for name, origin in (("model", 0), ("clip", 1)):
        sheet.link(loader, origin, node, name)
    sheet.link(node, slot, sheet.node("Save", ["p"], inputs={"images": "*"}), "images")
    sheet.more = {"extra": {"groupNodes": {"mine": group}}}
    return sheet


@pytest.mark.parametrize("separator", [">", "/"])
def test_a_group_is_read_as_its_nodes_with_the_values_that_it_shows(separator: str) -> None:
    sheet = sheet_with_group(GROUP, [10, 20, 70, "randomize", 3, "euler", 0.1], 2, separator)
    assert sheet.read() == {
        "1": {"file": "a"},
        "2:0": {"amount": 10, "clip": Link("1", 1), "model": Link("1", 0)},
        "2:1": {"amount": 20, "model": Link("2:0", 1)},
        "2:2": {"seed": 70, "steps": 3, "sampler": "euler", "strength": 0.1, "model": Link("2:1", 1)},
        "3": {"prefix": "p", "images": Link("2:2", 0)},
    }


def test_a_name_that_is_taken_has_the_nodes_title_before_it() -> None:
    sheet = sheet_with_group(GROUP, [10, 20], 2)
    sheet.link(1, 1, 2, "Second clip")
    assert sheet.read()["2:1"]["clip"] == Link("1", 1)


def test_what_is_linked_inside_is_shown_outside_only_if_the_group_says_so() -> None:
    groups = [GROUP, {**GROUP, "external": [[1, 1, "MODEL"]]}]
    # Shown are: both clips, then the latent; with the exception also the second patch's model, after its clip.
    found = [sheet_with_group(group, [], 2).read()["3"]["images"] for group in groups]
    assert found == [Link("2:2", 0), Link("2:1", 1)]


def test_values_that_the_user_hid_stay_as_they_are_inside() -> None:
    hidden = {"0": {"input": {"amount": {"visible": False}}}, "2": {"input": {"steps": {"visible": False}}}}
    sheet = sheet_with_group({**GROUP, "config": hidden}, [20, 70, "fixed", "euler", 0.1], 2)
    found = sheet.read()
    assert [found["2:0"]["amount"], found["2:1"]["amount"], found["2:2"]["steps"]] == [1, 20, 30]


def test_inputs_that_the_user_renamed_go_by_their_new_names() -> None:
    sheet = sheet_with_group({**GROUP, "config": {"2": {"input": {"mask": {"name": "where"}}}}}, [], 2)
    sheet.nodes[1]["inputs"][3]["name"] = "where"
    sheet.link(1, 0, 2, "where")
    assert sheet.read()["2:2"]["mask"] == Link("1", 0)


def test_a_primitive_inside_gives_the_value_that_the_group_shows_for_it() -> None:
    group = {
        "nodes": [
            inner(0, "PrimitiveNode", [], ["INT"], [5, "fixed"], title="Count"),
            inner(1, "Sample", ["MODEL"], ["LATENT"], [7, "fixed", 30, "heun", 0.5]),
        ],
        "links": [[0, 0, 1, 1, 9, "INT"]],
    }
    group["nodes"][1]["inputs"].append({"name": "steps", "type": "INT", "widget": {"name": "steps"}, "link": None})
    node = {"id": 4, "type": "workflow>mine", "widgets_values": [42, "fixed", 8, "fixed", "euler", 0.1]}
    found = read({"nodes": [node], "extra": {"groupNodes": {"mine": group}}})
    assert found == {"4:1": {"seed": 8, "steps": 42, "sampler": "euler", "strength": 0.1}}


@pytest.mark.parametrize("group", [{}, {"nodes": 3, "links": "x"}, {"nodes": [{}, "x"], "links": [[1], 2]}, []])
def test_broken_groups_hold_nothing_or_stay_unknown(group: Any) -> None:
    found = read({"nodes": [{"id": 4, "type": "workflow>mine"}], "extra": {"groupNodes": {"mine": group}}})
    assert found in ({}, {"4": {}})
