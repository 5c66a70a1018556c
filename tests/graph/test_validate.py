"""Every problem of a graph at once, in sentences, and what can run all the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from graph.catalog import Catalog
from graph.document import Link, parse_prompt
from graph.errors import Problem
from graph.spec import Choice, Float, Group, Input, Int, NodeSpec, Output, Port, Text
from graph.validate import Checked, check, node_errors
from tests.graph.samples import CATALOG, Prompt, prompt

FILES = {"models": ["base.safetensors", "sub/other.safetensors"]}


def choices(choice: Choice) -> Sequence[Any] | None:
    return FILES.get(choice.folder)


def judge(data: Prompt, targets: Sequence[str] | None = None, catalog: Catalog = CATALOG) -> Checked:
    return check(parse_prompt(data), catalog, targets, choices)


def sentences(data: Prompt, catalog: Catalog = CATALOG) -> list[tuple[str, str, str]]:
    return [(p.call, p.code, p.message) for p in judge(data, catalog=catalog).problems]


def sample(**inputs: Any) -> Prompt:
    """A graph around one Sampler whose inputs are fine but for those given."""
    fine = {"model": ["load", 0], "steps": 20, "cfg": 8.0, "name": "euler", "text": "", "tiled": False}
    return prompt(
        load=("Loader", {"file": "base.safetensors"}),
        s=("Sampler", {**fine, **inputs}),
        out=("Show", {"value": ["s", 0]}),
    )


def test_a_good_graph_has_no_problems_and_keeps_its_outputs() -> None:
    checked = judge(sample())
    assert (checked.problems, checked.outputs, checked.graph) == ([], ("out",), parse_prompt(sample()))


def test_a_node_of_unknown_class_rejects_the_whole_prompt_even_if_unreachable_from_an_output() -> None:
    data = {**sample(), **prompt(x=("Samplr", {}), y=("Xyzzy", {}))}
    checked = judge(data)
    assert checked.outputs == ()
    assert [(p.call, p.code, p.message, p.details) for p in checked.problems] == [
        (
            "",
            "invalid_prompt",
            "There is no node type 'Samplr' (node x). Did you mean Sampler? "
            "There is no node type 'Xyzzy' (node y). Install the node pack that has it, or replace the node.",
            "Node ID '#x'",
        ),
        ("x", "unknown_node_type", "There is no node type 'Samplr' (node x). Did you mean Sampler?", "Samplr"),
        (
            "y",
            "unknown_node_type",
            "There is no node type 'Xyzzy' (node y). Install the node pack that has it, or replace the node.",
            "Xyzzy",
        ),
    ]


TWO_OUTPUTS = prompt(
    a=("Number", {"value": 1}), one=("Show", {"value": ["a", 0]}), two=("Show", {"value": ["a", 0]}), n=("Numbers", {})
)


@pytest.mark.parametrize(
    ("targets", "outputs"),
    [(None, ("one", "two")), (["two"], ("two",)), (["two", "a", "gone"], ("two",)), ([], ()), (["a"], ())],
)
def test_outputs_are_filtered_by_targets_and_listed_ids_that_are_no_outputs_are_ignored(
    targets: list[str] | None, outputs: tuple[str, ...]
) -> None:
    checked = judge(TWO_OUTPUTS, targets)
    assert checked.outputs == outputs
    assert [p.code for p in checked.problems] == ([] if outputs else ["prompt_no_outputs"])


def test_a_graph_without_an_output_node_says_so() -> None:
    assert sentences(prompt(a=("Number", {"value": 1}))) == [
        (
            "",
            "prompt_no_outputs",
            "The graph has no output node, so nothing would come of it. Add one that saves or shows a result.",
        )
    ]


def test_validation_walks_only_ancestors_of_outputs() -> None:
    assert judge({**TWO_OUTPUTS, **prompt(loose=("Add", {}))}).problems == []


def test_missing_required_is_an_error_and_missing_optional_is_nothing() -> None:
    data = prompt(
        s=("Sampler", {"cfg": 1.0, "name": "heun", "text": "", "tiled": True}), out=("Show", {"value": ["s", 0]})
    )
    assert sentences(data) == [
        ("s", "required_input_missing", "model is not linked. Link an output that gives MODEL to it."),
        ("s", "required_input_missing", "steps has no value. Set it, or link an output that gives INT to it."),
    ]


def test_undeclared_constants_are_dropped_and_undeclared_links_too_unless_the_node_takes_any() -> None:
    catalog = Catalog([*CATALOG.values(), NodeSpec("Any", is_output=True, takes_any_input=True)])
    extra = {"odd": 1, "link": ["a", 0]}
    data = prompt(
        a=("Number", {"value": 1}),
        n=("Add", {"a": ["a", 0], "more": 0, **extra}),
        any=("Any", {**extra, "n": ["n", 0]}),
    )
    calls = judge(data, catalog=catalog).graph.calls
    assert calls["n"].inputs == {"a": Link("a", 0), "more": 0}
    assert calls["any"].inputs == {"link": Link("a", 0), "n": Link("n", 0)}


@pytest.mark.parametrize("bad", [["load"], ["load", "0"], [4, 0], ["load", 0, 1], []])
def test_a_list_that_is_no_link_is_a_bad_linked_input(bad: list[Any]) -> None:
    message = (
        'model holds a list that is no link. A link is ["node id", output number], both exactly so; '
        'a list that is a value is {"__value__": [...]}.'
    )
    assert sentences(sample(model=bad)) == [("s", "bad_linked_input", message)]


@pytest.mark.parametrize(
    ("link", "message"),
    [
        (["gone", 0], "model links to node gone, which is not in the graph. Link it to another node."),
        (["load", 1], "model links to output 1 of Loader (node load), which has only output 0."),
        (["load", -1], "model links to output -1 of Loader (node load), which has only output 0."),
        (["out", 0], "model links to output 0 of Show (node out), which has no outputs."),
    ],
)
def test_a_link_to_nowhere_says_where_it_leads(link: list[Any], message: str) -> None:
    assert ("s", "bad_linked_input", message) in sentences(sample(model=link))


def test_a_link_of_the_wrong_type_names_both_ends() -> None:
    data = {**sample(model=["n", 0]), **prompt(n=("Number", {"value": 1}))}
    assert judge(data).problems == [
        Problem(
            "return_type_mismatch",
            "model takes MODEL; output 0 of Number (node n) gives NUMBER.",
            "s",
            "model",
            "model, received_type(NUMBER) mismatch input_type(MODEL)",
            {
                "input_name": "model",
                "input_config": ["MODEL"],
                "received_type": "NUMBER",
                "linked_node": ["n", 0],
            },
            ("out",),
        )
    ]


LIST_A, LIST_B = Choice(("a", "b")), Choice(("b", "c"))


@pytest.mark.parametrize(
    ("given", "wanted", "fits"),
    [
        (Output("", "IMAGE"), Port("IMAGE"), True),
        (Output("", "IMAGE"), Port("image"), False),
        (Output("", "IMAGE"), Port("*"), True),
        (Output("", "*"), Port("IMAGE"), True),
        (Output("", "INT"), Port("INT,FLOAT"), True),
        (Output("", "INT,MASK"), Port("IMAGE, MASK"), True),
        (Output("", "INT,MASK"), Port("IMAGE,FLOAT"), False),
        (Output("", "COMFY_MATCHTYPE_V3"), Port("IMAGE"), True),
        (Output("", "IMAGE"), Group("COMFY_MATCHTYPE_V3"), True),
        (Output("", "COMBO", options=("x",)), Choice(("a",), modern=True), True),
        (Output("", "COMBO", options=("a", "b")), LIST_A, True),
        (Output("", "COMBO", options=("a", "b")), LIST_B, False),
        (Output("", "STRING"), LIST_A, False),
        (Output("", "STRING"), Text(), True),
        (Output("", "INT"), Float(), False),
    ],
)
def test_types_fit_if_equal_or_any_or_one_is_shared_and_two_different_lists_do_not(
    given: Output, wanted: Any, fits: bool
) -> None:
    catalog = Catalog([NodeSpec("From", outputs=(given,)), NodeSpec("To", (Input("x", wanted),), is_output=True)])
    data = prompt(a=("From", {}), b=("To", {"x": ["a", 0]}))
    assert [p.code for p in judge(data, catalog=catalog).problems] == ([] if fits else ["return_type_mismatch"])


def test_a_check_that_asks_for_input_types_takes_over_the_type_rule() -> None:
    to = NodeSpec("To", (Input("x", Port("MASK")),), is_output=True, has_check=True, checks_types=True)
    catalog = Catalog([NodeSpec("From", outputs=(Output("", "IMAGE"),)), to])
    assert judge(prompt(a=("From", {}), b=("To", {"x": ["a", 0]})), catalog=catalog).problems == []


@pytest.mark.parametrize(
    ("name", "value", "coerced"),
    [
        ("steps", "5", 5),
        ("steps", 5.9, 5),
        ("steps", True, 1),
        ("cfg", "7.5", 7.5),
        ("cfg", 3, 3.0),
        ("text", 12, "12"),
        ("tiled", "false", True),
        ("tiled", 0, False),
        ("tiled", "", False),
    ],
)
def test_constants_are_coerced_to_what_the_input_takes(name: str, value: Any, coerced: Any) -> None:
    checked = judge(sample(**{name: value}))
    found = checked.graph.calls["s"].inputs[name]
    assert (checked.problems, found, type(found)) == ([], coerced, type(coerced))


@pytest.mark.parametrize(
    ("name", "value", "code", "message"),
    [
        ("steps", 0, "value_smaller_than_min", "steps is 0; it goes from 1 to 10000."),
        ("steps", 10_001, "value_bigger_than_max", "steps is 10001; it goes from 1 to 10000."),
        ("steps", "many", "invalid_input_type", "steps takes a whole number, not 'many'."),
        ("steps", None, "invalid_input_type", "steps takes a whole number, not None."),
        ("steps", {"a": 1}, "invalid_input_type", "steps takes a whole number, not {'a': 1}."),
        ("steps", math.inf, "invalid_input_type", "steps takes a whole number, not inf."),
        ("cfg", math.nan, "invalid_input_type", "cfg takes a number, not nan."),
        ("cfg", "nan", "invalid_input_type", "cfg takes a number, not 'nan'."),
        ("cfg", 10**400, "invalid_input_type", None),
        ("cfg", -0.1, "value_smaller_than_min", "cfg is -0.1; it goes from 0.0 to 100.0."),
        ("name", "eulr", "value_not_in_list", "name is 'eulr', which is not among its choices. Did you mean euler?"),
        ("name", 7, "value_not_in_list", "name is 7, which is not among its choices. Choose one of euler, heun."),
        ("name", None, "value_not_in_list", "name is None, which is not among its choices. Choose one of euler, heun."),
        ("model", "sd15", "invalid_input_type", "model takes a link that carries MODEL, not 'sd15'."),
        ("mask", {}, "invalid_input_type", "mask takes a link that carries MASK, not {}."),
    ],
)
def test_a_bad_constant_says_what_it_is_and_what_it_may_be(
    name: str, value: Any, code: str, message: str | None
) -> None:
    found = judge(sample(**{name: value})).problems
    assert [(p.call, p.input, p.code) for p in found] == [("s", name, code)]
    assert message in (None, found[0].message)


def test_a_long_value_is_cut_in_its_sentence() -> None:
    (problem,) = judge(sample(steps="9" * 1_000_000)).problems
    assert len(problem.message) < 150


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("bas.safetensors", "There is no file 'bas.safetensors' in models for file. Did you mean base.safetensors?"),
        (
            "sub\\other.safetensors",
            "There is no file 'sub\\\\other.safetensors' in models for file. Did you mean sub/other.safetensors?",
        ),
        ("", "There is no file '' in models for file. Choose one of base.safetensors, sub/other.safetensors."),
    ],
)
def test_files_are_listed_at_validation_time(file: str, message: str) -> None:
    data = {**sample(), **prompt(load=("Loader", {"file": file}))}
    assert sentences(data) == [("load", "value_not_in_list", message)]


def test_without_anyone_to_list_a_folder_its_files_are_not_judged() -> None:
    data = {**sample(), **prompt(load=("Loader", {"file": "gone"}))}
    assert check(parse_prompt(data), CATALOG).problems == []


def test_limits_and_lists_are_skipped_for_inputs_that_the_node_checks_itself() -> None:
    inputs = (Input("n", Int(1, 2)), Input("c", LIST_A), Input("m", Int(1, 2)))
    own = NodeSpec("Own", inputs, is_output=True, has_check=True, checks=("n", "c"))
    every = NodeSpec("Every", inputs, is_output=True, has_check=True, checks=("*",))
    values = {"n": 9, "c": "z", "m": 9}
    found = judge(prompt(a=("Own", values), b=("Every", values)), catalog=Catalog([own, every])).problems
    assert [(p.call, p.input) for p in found] == [("a", "m")]


def test_limits_apply_to_any_type_that_has_them() -> None:
    spec = NodeSpec("Odd", (Input("x", Port("*"), extra={"min": 3}),), is_output=True)
    assert sentences(prompt(a=("Odd", {"x": 1})), Catalog([spec])) == [
        ("a", "value_smaller_than_min", "x is 1; it is at least 3.")
    ]


def test_a_group_takes_its_members_by_dotted_names() -> None:
    grows = {"template": {"input": {"required": {"image": ["NUMBER", {}]}}, "prefix": "image", "min": 1, "max": 3}}
    spec = NodeSpec("Batch", (Input("images", Group("COMFY_AUTOGROW_V3", grows)),), is_output=True)
    inputs = {"images.image0": ["a", 0], "images.image9": 3, "other.x": 1}
    data = prompt(a=("Number", {"value": 1}), b=("Batch", inputs))
    checked = judge(data, catalog=Catalog([*CATALOG.values(), spec]))
    assert (checked.problems, checked.graph.calls["b"].inputs) == ([], {"images.image0": Link("a", 0)})


def test_a_group_that_grows_may_be_empty_and_others_are_required_like_any_input() -> None:
    inputs = (
        Input("images", Group("COMFY_AUTOGROW_V3")),
        Input("mode", Group("COMFY_DYNAMICCOMBO_V3")),
        Input("any", Group("COMFY_MATCHTYPE_V3")),
    )
    found = judge(prompt(a=("Groups", {})), catalog=Catalog([NodeSpec("Groups", inputs, is_output=True)])).problems
    assert [(p.input, p.code) for p in found] == [("mode", "required_input_missing"), ("any", "required_input_missing")]


def test_upstream_failure_marks_downstream_invalid_without_errors_of_its_own_and_good_outputs_run() -> None:
    data = {
        **TWO_OUTPUTS,
        **prompt(
            bad=("Number", {"value": 1000}),
            sum=("Add", {"a": ["bad", 0], "more": 0}),
            x=("Show", {"value": ["sum", 0]}),
        ),
        **prompt(y=("Show", {"value": ["bad", 0]})),
    }
    checked = judge(data)
    assert checked.outputs == ("one", "two")
    assert checked.bad == {"bad": ("x", "y")}
    assert node_errors(checked.problems, checked.graph) == {
        "bad": {
            "errors": [
                {
                    "type": "value_bigger_than_max",
                    "message": "value is 1000; it goes from 0 to 100.",
                    "details": "value",
                    "extra_info": {
                        "input_name": "value",
                        "input_config": ["INT", {"default": 0, "min": 0, "max": 100}],
                        "received_value": 1000,
                    },
                }
            ],
            "dependent_outputs": ["x", "y"],
            "class_type": "Number",
        }
    }


def test_static_cycles_are_named_and_what_hangs_on_them_does_not_run() -> None:
    data = {
        **TWO_OUTPUTS,
        **prompt(
            p=("Add", {"a": ["q", 0], "more": 0}),
            q=("Add", {"a": ["p", 0], "more": 0}),
            selfish=("Add", {"a": ["selfish", 0], "more": 0}),
            x=("Show", {"value": ["q", 0]}),
            y=("Show", {"value": ["selfish", 0]}),
        ),
    }
    checked = judge(data)
    assert checked.outputs == ("one", "two")
    assert sorted((p.code, p.message) for p in checked.problems) in [
        [
            ("dependency_cycle", "Add (node selfish) waits for its own result. Remove the link that leads back to it."),
            ("dependency_cycle", f"These nodes wait for each other: {way}. Remove one of the links between them."),
        ]
        for way in (
            "Add (node p) -> Add (node q) -> Add (node p)",
            "Add (node q) -> Add (node p) -> Add (node q)",
        )
    ]


def test_all_problems_of_a_graph_come_at_once() -> None:
    data = sample(steps=0, cfg="x", name="eulr", model=["gone", 0], mask=["load", 0])
    assert [p.input for p in judge(data).problems] == ["model", "steps", "cfg", "name", "mask"]


@pytest.mark.parametrize("node_type", ["Number", "Nummer"])
def test_a_graph_with_no_end_of_problems_is_refused_with_the_first_of_them(node_type: str) -> None:
    data = {str(i): {"class_type": node_type, "inputs": {"value": "x"}} for i in range(20_000)}
    data["all"] = {"class_type": "Total", "inputs": {"values": ["0", 0], "plus": 0}}
    shows = {f"o{i}": {"class_type": "Show", "inputs": {"value": [str(i), 0]}} for i in range(20_000)}
    checked = judge({**data, **shows})
    assert (checked.outputs, checked.problems[0].code, len(checked.problems)) == ((), "invalid_prompt", 501)


def test_problems_found_later_take_their_outputs_along() -> None:
    checked = judge(TWO_OUTPUTS).adding([Problem("custom_validation_failed", "No.", "one")])
    assert (checked.outputs, checked.bad) == (("two",), {"one": ("one",)})


def test_a_chain_of_20000_nodes_is_judged() -> None:
    chain: dict[str, Mapping[str, Any]] = {"0": {"class_type": "Number", "inputs": {"value": 1}}}
    for i in range(1, 20_000):
        chain[str(i)] = {"class_type": "Add", "inputs": {"a": [str(i - 1), 0], "more": -1 if i == 9 else 0}}
    chain["out"] = {"class_type": "Show", "inputs": {"value": ["19999", 0]}}
    assert judge(chain).outputs == ("out",)
