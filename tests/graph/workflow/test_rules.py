"""How the editor turns what is drawn into what is sent, rule by rule of the field's front end."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from graph.document import Link
from graph.errors import GraphError
from graph.validate import check
from graph.workflow import read_workflow
from graph.workflow.texts import choose_words
from tests.graph.workflow.drawing import CATALOG, SAMPLE_IN, SAMPLE_VALUES, Sheet, Subgraph, read, sheet_with_sample

BY_HAND = {"seed": 7, "steps": 30, "sampler": "heun", "strength": 0.5}


def test_rule_1_a_primitive_copies_its_value_into_the_widget_it_is_linked_to() -> None:
    sheet, _, sample = sheet_with_sample()
    primitive = sheet.node("PrimitiveNode", [42, "randomize"], outputs=("INT",))
    sheet.link(primitive, 0, sample, "steps", widget=True)
    assert sheet.read()["2"] == {**BY_HAND, "steps": 42}


def test_rule_2_required_inputs_come_before_optional_ones_and_sockets_take_no_value() -> None:
    sheet = Sheet()
    sheet.node("Sample", [1, "fixed", 2, "euler", 3.0], inputs=SAMPLE_IN)
    assert sheet.read()["1"] == {"seed": 1, "steps": 2, "sampler": "euler", "strength": 3.0}


@pytest.mark.parametrize("control", ["fixed", "increment", "decrement", "randomize"])
def test_rule_3_the_control_after_a_seed_is_no_input(control: str) -> None:
    sheet = Sheet()
    sheet.node("Sample", [7, control, 30, "heun", 0.5], inputs=SAMPLE_IN)
    assert sheet.read()["1"] == BY_HAND


def test_rule_3_a_choice_with_a_control_saves_two_values_more() -> None:
    assert read({"nodes": [{"id": 1, "type": "Pick", "widgets_values": ["b", "increment-wrap", "", 5]}]}) == {
        "1": {"file": "b", "n": 5}
    }


def test_rule_3_the_value_of_an_upload_button_is_no_input() -> None:
    assert read({"nodes": [{"id": 1, "type": "Open", "widgets_values": ["cat.png", "image"]}]}) == {
        "1": {"image": "cat.png"}
    }


def test_rule_3_nor_are_the_buttons_of_a_view_in_space() -> None:
    values = ["a.glb", "upload3dmodel", "uploadExtraResources", "clear", "", 64]
    assert read({"nodes": [{"id": 1, "type": "Scene", "widgets_values": values}]}) == {
        "1": {"file": "a.glb", "view": "", "n": 64}
    }


def test_rule_3_widgets_without_a_value_keep_their_default() -> None:
    assert read({"nodes": [{"id": 1, "type": "Sample", "widgets_values": [7]}]})["1"] == {
        "seed": 7,
        "steps": 20,
        "sampler": "euler",
        "strength": 1.0,
    }


@pytest.mark.parametrize("values", [{"seed": 7, "steps": 30, "sampler": "heun", "strength": 0.5, "videopreview": {}}])
def test_rules_3_and_4_values_saved_as_an_object_go_by_name_and_what_is_no_input_is_left_out(values: Any) -> None:
    assert read({"nodes": [{"id": 1, "type": "Sample", "widgets_values": values}]})["1"] == BY_HAND


def test_rules_3_and_4_names_that_newer_files_hold_beside_the_values_are_believed() -> None:
    named = {"strength": 0.1, "seed": 0, "control_after_generate": "fixed", "steps": 1}
    node = {"id": 1, "type": "Sample", "widgets_values": [0.5, 7, "fixed", 30], "widgets_values_named": named}
    assert read({"nodes": [node]})["1"] == {"seed": 7, "steps": 30, "sampler": "euler", "strength": 0.5}


def test_names_that_do_not_fit_the_values_come_with_their_own() -> None:
    named = {"seed": 7, "control_after_generate": "fixed", "steps": 30}
    node = {"id": 1, "type": "Sample", "widgets_values": [0, "fixed", 1, "x", "y"], "widgets_values_named": named}
    assert read({"nodes": [node]})["1"] == {"seed": 7, "steps": 30, "sampler": "euler", "strength": 1.0}


def test_rule_5_reading_twice_leaves_the_seed_alone() -> None:
    sheet = Sheet()
    sheet.node("Sample", [7, "randomize", 30, "heun", 0.5], inputs=SAMPLE_IN)
    assert [sheet.read()["1"]["seed"] for _ in range(2)] == [7, 7]


def test_rule_6_lists_are_sent_wrapped() -> None:
    graph = read_workflow({"nodes": [{"id": 1, "type": "Text", "widgets_values": [["a", 0]]}]}, CATALOG)
    assert graph.to_prompt()["1"]["inputs"] == {"text": {"__value__": ["a", 0]}}


def test_rule_7_one_of_each_choice_in_a_prompt_is_taken() -> None:
    data = {"nodes": [{"id": 1, "type": "Text", "widgets_values": ["a {red|{light|dark} blue} cat"]}]}
    texts = {read_workflow(data, CATALOG, Random(n)).calls["1"].inputs["text"] for n in range(40)}
    assert texts == {"a red cat", "a light blue cat", "a dark blue cat"}


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("a // b\nc", "a \nc"),
        ("a /* b\n */c", "a c"),
        (r"\{a\|b\}", "{a|b}"),
        (r"{\{\}}", "{}"),
        (r"(cat:1.2) \(x\)", r"(cat:1.2) \(x\)"),
        ("open { only", "open { only"),
        ("{}", ""),
        ("plain", "plain"),
    ],
)
def test_rule_7_comments_go_and_backslashes_keep_braces(text: str, sent: str) -> None:
    assert choose_words(text, Random(0)) == sent


def test_rule_7_only_texts_that_ask_for_it_are_changed() -> None:
    sheet = Sheet()
    sheet.node("Save", ["{a|b}"], inputs={"images": "*"})
    assert sheet.read()["1"]["prefix"] == "{a|b}"


def test_rule_8_a_file_prefix_names_other_nodes_widgets() -> None:
    sheet, _, _ = sheet_with_sample()
    sheet.nodes[1] |= {"properties": {"Node name for S&R": "KSampler"}, "title": "Mine"}
    prefix = "%KSampler.seed%/%Mine.sampler%_%Load.file%_%date:yyyy-MM-dd%_%Nobody.x%_%Mine.gone%"
    sheet.node("Save file", title="x")
    sheet.nodes[0] |= {"title": "Load", "widgets_values": ["a/b:c.safetensors"]}
    sheet.nodes[2] |= {"type": "SaveImage", "widgets_values": {"filename_prefix": prefix}}
    found = read_workflow(sheet.to_json(), CATALOG).calls["3"].inputs["filename_prefix"]
    assert found == "7/heun_a_b_c.safetensors_%date:yyyy-MM-dd%_%Nobody.x%_%Mine.gone%"


def test_rule_9_a_link_overrides_the_value_of_its_widget() -> None:
    sheet, _, sample = sheet_with_sample()
    sheet.link(sheet.node("Text", ["5"], outputs=("STRING",)), 0, sample, "steps", widget=True)
    assert sheet.read()["2"] == {**BY_HAND, "steps": Link("3", 0)}


def test_rule_10_a_muted_node_takes_its_links_with_it_and_the_check_says_what_is_missing() -> None:
    sheet, loader, sample = sheet_with_sample()
    sheet.link(loader, 0, sample, "model")
    sheet.link(sample, 0, sheet.node("Save", ["p"], inputs={"images": "*"}), "images")
    sheet.nodes[0]["mode"] = 2
    graph = read_workflow(sheet.to_json(), CATALOG)
    assert [(p.code, p.call, p.input) for p in check(graph, CATALOG).problems] == [
        ("required_input_missing", "2", "model")
    ]


def test_rule_11_a_bypassed_node_hands_on_what_fits_through_any_number_of_them() -> None:
    sheet, loader, sample = sheet_with_sample()
    last, slot = loader, 0
    for _ in range(3):
        patch = sheet.node("Patch", [1], inputs={"clip": "CLIP", "model": "MODEL"}, outputs=("CLIP", "MODEL"), mode=4)
        sheet.link(last, slot, patch, "model")
        last, slot = patch, 1
    sheet.link(last, 1, sample, "model")
    assert sheet.read() == {"1": {"file": "a.safetensors"}, "2": {**BY_HAND, "model": Link("1", 0)}}


def test_rule_11_what_fits_nothing_is_dropped() -> None:
    sheet, loader, sample = sheet_with_sample()
    other = sheet.node("Patch", [1], inputs={"clip": "CLIP"}, outputs=("MODEL",), mode=4)
    sheet.link(loader, 1, other, "clip")
    sheet.link(other, 0, sample, "model")
    assert sheet.read()["2"] == BY_HAND


@pytest.mark.parametrize("kind", ["Reroute", "Reroute (rgthree)"])
def test_rule_12_reroutes_are_followed_to_where_they_come_from(kind: str) -> None:
    sheet, loader, sample = sheet_with_sample()
    reroute = sheet.node(kind, inputs={"": "*"}, outputs=("*",))
    sheet.link(loader, 0, reroute, "")
    sheet.link(reroute, 0, sample, "model")
    assert sheet.read()["2"]["model"] == Link("1", 0)


def test_rule_12_new_reroutes_are_only_points_on_a_link() -> None:
    sheet, loader, sample = sheet_with_sample()
    sheet.link(loader, 0, sample, "model")
    keys = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
    sheet.links = [{**dict(zip(keys, sheet.links[0], strict=True)), "parentId": 1}]
    sheet.more = {"reroutes": [{"id": 1, "pos": [0, 0], "linkIds": [1]}], "version": 1}
    assert sheet.read()["2"]["model"] == Link("1", 0)


@pytest.mark.parametrize("pack", ["", "easy "])
def test_rule_12_get_nodes_give_what_the_set_node_of_their_name_got(pack: str) -> None:
    setter, getter = (f"easy {name}Node" if pack else f"{name.title()}Node" for name in ("set", "get"))
    sheet, loader, sample = sheet_with_sample()
    for name, slot in (("other", 1), ("mine", 0)):
        sheet.link(loader, slot, sheet.node(setter, [name], inputs={"value": "*"}, outputs=("*",)), "value")
    sheet.link(sheet.node(getter, ["mine"], outputs=("*",)), 0, sample, "model")
    assert sheet.read()["2"]["model"] == Link("1", 0)


def test_rule_12_a_get_node_inside_a_subgraph_reaches_what_was_set_outside() -> None:
    sub = Subgraph()
    inner = sub.node("Sample", SAMPLE_VALUES, inputs=SAMPLE_IN, outputs=("LATENT",))
    sub.link(sub.node("GetNode", ["mine"], outputs=("*",)), 0, inner, "model")
    sheet, loader, _ = sheet_with_sample()
    sheet.link(loader, 0, sheet.node("SetNode", ["mine"], inputs={"value": "*"}, outputs=("*",)), "value")
    assert (sub.place(sheet), sheet.read()["4:1"]["model"]) == (4, Link("1", 0))


def test_rule_13_links_to_what_is_not_there_are_removed() -> None:
    sheet, loader, sample = sheet_with_sample()
    sheet.link(loader, 0, sample, "model")
    sheet.links[0][1] = 99
    assert sheet.read()["2"] == BY_HAND


def sampling_subgraph() -> Subgraph:
    """A sampler inside; model and steps come from outside, the latent goes out."""
    sub = Subgraph()
    inner = sub.node("Sample", SAMPLE_VALUES, inputs=SAMPLE_IN, outputs=("LATENT",))
    sub.enter("model", "MODEL", inner, "model")
    sub.enter("steps", "INT", inner, "steps", widget=True)
    sub.leave(inner, 0, "LATENT")
    return sub


def sheet_with_subgraph(values: Any = None, **more: Any) -> tuple[Sheet, int]:
    """A loader, an instance with the loader's model, and a node that saves what comes out."""
    sheet = Sheet()
    loader = sheet.node("Load", ["a"], outputs=("MODEL", "CLIP"))
    instance = sampling_subgraph().place(sheet, values, **more)
    sheet.link(loader, 0, instance, "model")
    save = sheet.node("Save", ["p"], inputs={"images": "*"})
    sheet.link(instance, 0, save, "images")
    return sheet, instance


def test_rule_14_nodes_inside_are_named_by_the_way_to_them_and_linked_across_the_border() -> None:
    sheet, _ = sheet_with_subgraph()
    assert sheet.read() == {
        "1": {"file": "a"},
        "2:1": {**BY_HAND, "model": Link("1", 0)},
        "3": {"prefix": "p", "images": Link("2:1", 0)},
    }


def test_rule_14_an_input_that_files_leave_out_because_it_is_not_linked_shifts_no_other() -> None:
    sheet, instance = sheet_with_subgraph()
    sheet.nodes[instance - 1]["inputs"] = [s for s in sheet.nodes[instance - 1]["inputs"] if s["name"] == "model"]
    assert sheet.read()["2:1"] == {**BY_HAND, "model": Link("1", 0)}


def test_rule_14_subgraphs_in_subgraphs() -> None:
    outer = Subgraph("outer")
    inner = sampling_subgraph().place(outer, [11])
    outer.enter("model", "MODEL", inner, "model")
    outer.leave(inner, 0, "LATENT")
    nested = outer.more.pop("definitions")
    for where in ("root", "definition"):
        sheet = Sheet()
        loader = sheet.node("Load", ["a"], outputs=("MODEL", "CLIP"))
        instances = [outer.place(sheet) for _ in range(2)]
        for instance in instances:
            sheet.link(loader, 0, instance, "model")
        if where == "root":
            sheet.more["definitions"]["subgraphs"] += nested["subgraphs"]
        else:
            sheet.more["definitions"]["subgraphs"][0]["definitions"] = nested
        found = {**BY_HAND, "steps": 11, "model": Link("1", 0)}
        assert sheet.read() == {"1": {"file": "a"}, "2:1:1": found, "3:1:1": found}


def test_rule_14_an_input_that_goes_straight_through_and_back_out() -> None:
    sub = Subgraph()
    sub.inputs.append({"name": "model", "type": "MODEL"})
    sub.leave(-10, 0, "MODEL")
    sheet, loader, sample = sheet_with_sample()
    instance = sub.place(sheet)
    sheet.link(loader, 0, instance, "model")
    sheet.link(instance, 0, sample, "model")
    assert sheet.read()["2"]["model"] == Link("1", 0)


def test_rule_14_a_muted_subgraph_is_muted_whole() -> None:
    sheet, _ = sheet_with_subgraph(mode=2)
    assert sheet.read() == {"1": {"file": "a"}, "3": {"prefix": "p"}}


def test_rule_14_a_bypassed_subgraph_hands_on_the_input_that_fits() -> None:
    sheet, instance = sheet_with_subgraph(mode=4)
    sheet.nodes[instance - 1]["outputs"][0]["type"] = "MODEL"
    sheet.more["definitions"]["subgraphs"][0]["outputs"][0]["type"] = "MODEL"
    assert sheet.read() == {"1": {"file": "a"}, "3": {"prefix": "p", "images": Link("1", 0)}}


def test_rule_14_muted_and_bypassed_nodes_inside_count_as_outside() -> None:
    sheet, _ = sheet_with_subgraph()
    sheet.more["definitions"]["subgraphs"][0]["nodes"][0]["mode"] = 2
    assert sheet.read() == {"1": {"file": "a"}, "3": {"prefix": "p"}}


def test_rule_14_a_subgraph_within_itself_is_named() -> None:
    sub = sampling_subgraph()
    sub.nodes.append({"id": 5, "type": "sub"})
    sheet = Sheet()
    sub.place(sheet)
    with pytest.raises(GraphError, match=r"Node 1:5 puts the subgraph My sub into itself\. Remove it there\."):
        sheet.read()


def test_subgraphs_that_would_unfold_to_millions_of_nodes_are_refused() -> None:
    definitions = [
        {"id": f"s{n}", "nodes": [{"id": k, "type": f"s{n + 1}"} for k in range(10)], "links": []} for n in range(9)
    ]
    data = {"nodes": [{"id": 1, "type": "s0"}], "definitions": {"subgraphs": definitions}}
    with pytest.raises(GraphError, match="more than 50000 nodes"):
        read(data)


def test_rule_15_a_widget_shown_outside_keeps_its_value_inside_in_older_files() -> None:
    sheet, _ = sheet_with_subgraph([99], properties={"proxyWidgets": [["1", "steps"]]})
    assert sheet.read()["2:1"]["steps"] == 30


@pytest.mark.parametrize(("value", "found"), [(99, 99), (None, 30)])
def test_rule_15_or_outside_where_the_file_says_minus_one_unless_it_is_null(value: Any, found: int) -> None:
    shown = {"proxyWidgets": [["1", "seed"], ["-1", "steps"]]}
    sheet, _ = sheet_with_subgraph([1, value], properties=shown)
    assert (sheet.read()["2:1"]["steps"], sheet.read()["2:1"]["seed"]) == (found, 7)


def test_rule_15_newer_files_hold_a_value_for_each_input_that_shows_a_widget() -> None:
    sheet, _ = sheet_with_subgraph([99])
    assert sheet.read()["2:1"]["steps"] == 99


def test_rule_15_controls_that_older_files_hold_between_them_are_passed_over() -> None:
    sub = Subgraph()
    inner = sub.node("Sample", SAMPLE_VALUES, inputs=SAMPLE_IN, outputs=("LATENT",))
    for name in ("seed", "steps"):
        sub.enter(name, "INT", inner, name, widget=True)
    for values in ([5, 6], [5, "fixed", 6]):
        sheet = Sheet()
        sub.place(sheet, values)
        assert sheet.read()["1:1"] == {**BY_HAND, "seed": 5, "steps": 6}


def test_rule_15_each_instance_has_its_own_value() -> None:
    sub, sheet = sampling_subgraph(), Sheet()
    for value in (5, 6):
        sub.place(sheet, [value])
    assert [call["steps"] for call in sheet.read().values()] == [5, 6]


def test_rule_15_a_link_from_outside_wins_over_the_value() -> None:
    sheet, instance = sheet_with_subgraph([99])
    sheet.link(sheet.node("Text", ["x"], outputs=("STRING",)), 0, instance, "steps", widget=False)
    assert sheet.read()["2:1"]["steps"] == Link("4", 0)


def test_rule_15_a_primitive_outside_sets_the_widget_inside() -> None:
    sheet, instance = sheet_with_subgraph([99])
    sheet.link(sheet.node("PrimitiveNode", [42], outputs=("INT",)), 0, instance, "steps", widget=False)
    assert sheet.read()["2:1"]["steps"] == 42


def test_rule_16_a_dynamic_choice_brings_its_widgets_with_it() -> None:
    found = {
        key: read({"nodes": [{"id": 1, "type": "Resize", "widgets_values": values}]})["1"]
        for key, values in {
            "size": ["size", 64, 32, 9],
            "scale": ["scale", 0.5, 9],
            "nested": ["dice", 5, "randomize", "yes", "w", 9],
            "default": [],
        }.items()
    }
    assert found == {
        "size": {"by": "size", "by.width": 64, "by.height": 32, "n": 9},
        "scale": {"by": "scale", "by.factor": 0.5, "n": 9},
        "nested": {"by": "dice", "by.seed": 5, "by.more": "yes", "by.more.word": "w", "n": 9},
        "default": {"by": "scale", "by.factor": 2.0, "n": 0},
    }


def test_rule_16_inputs_that_grow_are_sockets_named_after_their_group() -> None:
    sheet = Sheet()
    ends = [sheet.node("Open", ["x"], outputs=("IMAGE",)) for _ in range(2)]
    sockets = {f"images.image{n}": "IMAGE" for n in range(3)}
    join = sheet.node("Join", [4], inputs=sockets, outputs=("IMAGE",))
    for n, end in enumerate(ends):
        sheet.link(end, 0, join, f"images.image{n}")
    assert sheet.read()["3"] == {"n": 4, "images.image0": Link("1", 0), "images.image1": Link("2", 0)}


def test_rule_17_titles_ride_along() -> None:
    sheet = Sheet()
    sheet.node("Text", ["x"], title="Positive")
    assert read_workflow(sheet.to_json(), CATALOG).to_prompt() == {
        "1": {"class_type": "Text", "inputs": {"text": "x"}, "_meta": {"title": "Positive"}}
    }


@pytest.mark.parametrize("kind", ["Note", "MarkdownNote", "Label (rgthree)", "Fast Groups Bypasser (rgthree)"])
def test_rule_18_what_only_the_editor_knows_is_skipped(kind: str) -> None:
    sheet = Sheet()
    sheet.node(kind, ["hello"])
    assert sheet.read() == {}


def test_rule_18_any_other_unknown_type_is_reported_with_its_place() -> None:
    sub, sheet = Subgraph(), Sheet()
    sub.node("Gone", [1])
    sub.place(sheet)
    found = check(read_workflow(sheet.to_json(), CATALOG), CATALOG).problems
    assert [(p.code, p.call, p.details) for p in found[1:]] == [("unknown_node_type", "1:1", "Gone")]


def test_rule_18_values_of_an_unknown_type_are_kept_where_the_file_names_them() -> None:
    sheet = Sheet()
    sheet.node("Gone", [1, "fixed", "x"])
    sheet.nodes[0]["inputs"] = [{"name": n, "type": "INT", "widget": {"name": n}, "link": None} for n in ("a", "b")]
    sheet.node("Gone", [1, "x", 2])
    sheet.node("Gone", {"a": 3})
    assert sheet.read() == {"1": {"a": 1, "b": "x"}, "2": {}, "3": {"a": 3}}


@pytest.mark.parametrize(
    ("given", "wanted", "fits"),
    [("IMAGE", "image", True), ("INT,FLOAT", "FLOAT", True), ("", "LATENT", True), ("MASK", "IMAGE", False)],
)
def test_rule_19_types_fit_whatever_their_case_in_lists_and_when_empty(given: str, wanted: str, fits: bool) -> None:
    sheet = Sheet()
    end = sheet.node("Text", ["x"], outputs=(given,))
    passed = sheet.node("Patch", [1], inputs={"x": given}, outputs=(given,), mode=4)
    save = sheet.node("Save", ["p"], inputs={"images": wanted})
    sheet.link(end, 0, passed, "x")
    sheet.link(passed, 0, save, "images")
    assert ("images" in sheet.read()["3"]) is fits
