"""Editor workflows, converted as the editor itself would send them."""

from __future__ import annotations

from typing import Any

import pytest

from graph.catalog import Catalog
from graph.document import Link
from graph.errors import GraphError
from graph.spec import Choice, Group, Input, Int, NodeSpec
from graph.workflow import is_workflow, read_workflow
from tests.graph.workflow.drawing import CATALOG, SAMPLE_IN, Sheet, sheet_with_sample


def test_values_map_by_position_required_widgets_first_and_past_control_after_generate() -> None:
    sheet = Sheet()
    sheet.node("Sample", [7, "randomize", 30, "heun", 0.5], inputs=SAMPLE_IN)
    assert sheet.read()["1"] == {"seed": 7, "steps": 30, "sampler": "heun", "strength": 0.5}


def test_a_seed_saved_without_a_control_value_is_read_too() -> None:
    sheet = Sheet()
    sheet.node("Sample", [7, 30, "heun", 0.5], inputs=SAMPLE_IN)
    assert sheet.read()["1"] == {"seed": 7, "steps": 30, "sampler": "heun", "strength": 0.5}


@pytest.mark.parametrize("values", [None, [], [3], {"seed": 3}])
def test_fewer_values_than_widgets_leave_the_rest_at_their_defaults(values: Any) -> None:
    sheet = Sheet()
    sheet.node("Sample", values, inputs=SAMPLE_IN)
    assert sheet.read()["1"] == {"seed": 3 if values else 0, "steps": 20, "strength": 1.0, "sampler": "euler"}


def test_values_may_be_saved_by_name() -> None:
    sheet = Sheet()
    sheet.node("Sample", {"seed": 3, "steps": 9, "sampler": "heun", "strength": 2.0, "preview": {}}, inputs=SAMPLE_IN)
    assert sheet.read()["1"] == {"seed": 3, "steps": 9, "strength": 2.0, "sampler": "heun"}


@pytest.mark.parametrize("form", ["0.4", "1"])
def test_links_become_links_in_both_versions_of_the_format(form: str) -> None:
    sheet, loader, sample = sheet_with_sample()
    sheet.link(loader, 0, sample, "model")
    if form == "1":
        keys = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
        sheet.links = [dict(zip(keys, link, strict=True)) for link in sheet.links]
    assert sheet.read()["2"]["model"] == Link("1", 0)


def test_a_link_overrides_the_value_of_its_widget() -> None:
    sheet, _, sample = sheet_with_sample()
    text = sheet.node("Text", ["5"], outputs=("STRING",))
    sheet.link(text, 0, sample, "steps", widget=True)
    assert sheet.read()["2"]["steps"] == Link("3", 0)


def test_reroutes_are_followed_to_where_they_come_from_even_many() -> None:
    sheet, loader, sample = sheet_with_sample()
    last = loader
    for _ in range(3000):
        reroute = sheet.node("Reroute", inputs={"": "*"}, outputs=("*",))
        sheet.link(last, 0, reroute, "")
        last = reroute
    sheet.link(last, 0, sample, "model")
    calls = sheet.read()
    assert (calls["2"]["model"], list(calls)) == (Link("1", 0), ["1", "2"])


def test_reroutes_that_lead_nowhere_or_in_a_ring_give_nothing() -> None:
    sheet, _, sample = sheet_with_sample()
    one, two = (sheet.node("Reroute", inputs={"": "*"}, outputs=("*",)) for _ in range(2))
    sheet.link(one, 0, two, "")
    sheet.link(two, 0, sample, "model")
    open_end = sheet.read()
    sheet.link(two, 0, one, "")
    assert ("model" in open_end["2"], "model" in sheet.read()["2"]) == (False, False)


def test_a_primitive_gives_its_value_to_the_widget_it_is_linked_to() -> None:
    sheet, _, sample = sheet_with_sample()
    primitive = sheet.node("PrimitiveNode", [42, "fixed"], outputs=("INT",))
    sheet.link(primitive, 0, sample, "steps", widget=True)
    calls = sheet.read()
    assert (calls["2"]["steps"], list(calls)) == (42, ["1", "2"])


def test_notes_are_left_out() -> None:
    sheet = Sheet()
    sheet.node("Note", ["hello"])
    sheet.node("MarkdownNote", ["# hello"])
    assert sheet.read() == {}


def test_a_muted_node_is_dropped_with_its_links_and_the_values_under_them() -> None:
    sheet, loader, sample = sheet_with_sample()
    sheet.link(loader, 0, sample, "model")
    sheet.link(loader, 1, sample, "steps", widget=True)
    sheet.nodes[0]["mode"] = 2
    assert sheet.read() == {"2": {"seed": 7, "sampler": "heun", "strength": 0.5}}


def bypass(wanted: str, slot: int, inputs: dict[str, str], outputs: tuple[str, ...]) -> Any:
    """The name of the input by which a value of the type ``wanted`` comes through a bypassed node."""
    sheet = Sheet()
    ends = {name: sheet.node("Text", [name], outputs=(kind,)) for name, kind in inputs.items()}
    passed = sheet.node("Patch", [1], inputs=inputs, outputs=outputs, mode=4)
    for name, end in ends.items():
        sheet.link(end, 0, passed, name)
    save = sheet.node("Save", ["p"], inputs={"images": wanted})
    sheet.link(passed, slot, save, "images")
    found = sheet.read()[str(save)].get("images")
    names = {str(end): name for name, end in ends.items()}
    return names[found.call] if isinstance(found, Link) else found


TWO = {"clip": "CLIP", "model": "MODEL"}


@pytest.mark.parametrize(
    ("wanted", "slot", "inputs", "outputs", "found"),
    [
        ("CLIP", 0, TWO, ("CLIP", "MODEL"), "clip"),  # the same place fits
        ("MODEL", 0, TWO, ("MODEL",), "model"),  # the same place does not: first of exactly that type
        ("IMAGE", 0, {"a": "MASK", "b": "IMAGE,MASK"}, ("IMAGE",), "b"),  # first that is compatible
        ("*", 1, TWO, ("CLIP", "MODEL"), "model"),  # any type: the same place
        ("*", 5, TWO, ("CLIP", "MODEL"), "clip"),  # any type, no such place: the first
        ("LATENT", 0, TWO, ("LATENT",), None),  # nothing fits
        ("image", 0, {"a": "IMAGE"}, ("IMAGE",), "a"),  # case does not matter here
    ],
)
def test_a_bypassed_node_hands_on_the_input_that_fits(
    wanted: str, slot: int, inputs: dict[str, str], outputs: tuple[str, ...], found: str | None
) -> None:
    assert bypass(wanted, slot, inputs, outputs) == found


def test_a_choice_with_a_control_saves_two_values_more() -> None:
    spec = NodeSpec("Pick", (Input("file", Choice(("a", "b"), reroll=True)), Input("n", Int(), default=0)))
    sheet = Sheet()
    sheet.node("Pick", ["b", "increment", "", 5])
    graph = read_workflow({"nodes": sheet.nodes, "links": []}, Catalog([spec]))
    assert graph.calls["1"].inputs == {"file": "b", "n": 5}


def test_values_that_old_files_hold_for_sockets_are_dropped_if_the_count_fits() -> None:
    inputs = (Input("a", Int(), default=0), Input("b", Int(), socket_only=True), Input("c", Int(), default=0))
    catalog = Catalog([NodeSpec("Old", inputs)])
    values = {"new": [1, 3], "old": [1, 2, 3], "strange": [1, 3, 4, 5]}
    found = {
        name: dict(read_workflow({"nodes": [{"id": 1, "type": "Old", "widgets_values": v}]}, catalog).calls["1"].inputs)
        for name, v in values.items()
    }
    assert [found[name] for name in values] == [{"a": 1, "c": 3}] * 3


def test_a_dynamic_choice_brings_its_widgets_with_it() -> None:
    options = [
        {"key": "scale", "inputs": {"required": {"factor": ["FLOAT", {}], "image": ["IMAGE", {}]}}},
        {"key": "size", "inputs": {"required": {"width": ["INT", {}]}, "optional": {"height": ["INT", {}]}}},
    ]
    kind = Group("COMFY_DYNAMICCOMBO_V3", {"options": options})
    catalog = Catalog([NodeSpec("Resize", (Input("by", kind), Input("n", Int(), default=0)))])
    graph = read_workflow({"nodes": [{"id": 1, "type": "Resize", "widgets_values": ["size", 64, 32, 9]}]}, catalog)
    assert graph.calls["1"].inputs == {"by": "size", "by.width": 64, "by.height": 32, "n": 9}


def test_an_unknown_type_stays_in_the_graph_for_the_check_to_name() -> None:
    sheet = Sheet()
    sheet.node("Gone", [1, 2], title="mine")
    graph = read_workflow({"nodes": sheet.nodes, "links": []}, CATALOG)
    assert [(c.node_type, c.title) for c in graph.calls.values()] == [("Gone", "mine")]


@pytest.mark.parametrize("data", [None, [], "x", {}, {"1": {"class_type": "A", "inputs": {}}}, {"nodes": {}}])
def test_only_a_list_of_nodes_is_a_workflow(data: Any) -> None:
    assert not is_workflow(data)
    with pytest.raises(GraphError):
        read_workflow(data, CATALOG)


def test_everything_malformed_is_named_at_once() -> None:
    data = {
        "nodes": [{"id": 1, "type": "Load"}, {"id": 1, "type": "Load"}, "x", {"type": "Load"}, {"id": 2, "type": 3}],
        "links": [[1, 2], "x", {"id": 1}, [1, 1, "a", 2, 0, "MODEL"]],
    }
    with pytest.raises(GraphError) as caught:
        read_workflow(data, CATALOG)
    assert [p.message for p in caught.value.problems] == [
        "There are two nodes with the id 1. Give each its own.",
        "Entry 2 of the workflow's nodes is no node: it lacks an id or a type.",
        "Entry 3 of the workflow's nodes is no node: it lacks an id or a type.",
        "Entry 4 of the workflow's nodes is no node: it lacks an id or a type.",
        "Entry 0 of the workflow's links is no link: [1, 2].",
        "Entry 1 of the workflow's links is no link: x.",
        "Entry 2 of the workflow's links is no link: {'id': 1}.",
        "Entry 3 of the workflow's links is no link: [1, 1, 'a', 2, 0, 'MODEL'].",
    ]


def test_odd_but_harmless_fields_are_passed_over() -> None:
    node = {"id": 1, "type": "Sample", "inputs": None, "outputs": "x", "mode": None, "widgets_values": 5, "title": 7}
    graph = read_workflow({"nodes": [node], "links": None}, CATALOG)
    assert graph.calls["1"].inputs["steps"] == 20
