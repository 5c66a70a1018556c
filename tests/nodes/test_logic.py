"""Switches, lists, choices and numbers as the engine runs them."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from graph.errors import UserError
from nodes import logic, numbers, primitives, text
from tests.nodes.bench import Bench, Call


@pytest.fixture
def bench() -> Bench:
    return Bench(logic, numbers, primitives, text)


def number(value: float) -> Call:
    return ("PrimitiveInt" if isinstance(value, int) else "PrimitiveFloat", {"value": value})


@pytest.mark.parametrize(("position", "ran", "shown"), [(True, "yes", "1"), (False, "no", "2")])
def test_a_switch_runs_only_the_branch_it_takes(bench: Bench, position: bool, ran: str, shown: str) -> None:
    result = bench.run(
        yes=number(1),
        no=number(2),
        switch=("ComfySwitchNode", {"switch": position, "on_true": ["yes", 0], "on_false": ["no", 0]}),
        show=("PreviewAny", {"source": ["switch", 0]}),
    )
    assert result.ran == ["switch", ran, "show"]
    assert result.shown == {"show": {"text": [shown]}}


def test_a_switch_needs_only_the_branch_it_takes_to_be_linked(bench: Bench) -> None:
    graph: dict[str, Call] = {"yes": number(1), "show": ("PreviewAny", {"source": ["switch", 0]})}
    taken = bench.run(**graph, switch=("ComfySwitchNode", {"switch": True, "on_true": ["yes", 0]}))
    not_taken = bench.run(**graph, switch=("ComfySwitchNode", {"switch": False, "on_true": ["yes", 0]}))
    assert (taken.shown, not_taken.shown) == ({"show": {"text": ["1"]}}, {"show": {"text": ["None"]}})


def test_a_list_runs_what_takes_it_once_for_each_item(bench: Bench) -> None:
    result = bench.run(
        a=number(1),
        b=number(2),
        inner=("CreateList", {"inputs.input0": ["a", 0], "inputs.input1": ["b", 0]}),
        outer=("CreateList", {"inputs.input0": ["inner", 0], "inputs.input1": ["a", 0]}),
        double=("ComfyMathExpression", {"expression": "a * 2", "values.a": ["outer", 0]}),
        second=("GetItemFromList", {"list": ["double", 1], "index": 1}),
        last=("GetItemFromList", {"list": ["double", 1], "index": -1}),
        show_all=("PreviewAny", {"source": ["double", 1]}),
        show_second=("PreviewAny", {"source": ["second", 0]}),
        show_last=("PreviewAny", {"source": ["last", 0]}),
    )
    assert result.shown == {
        "show_all": {"text": ["2", "4", "2"]},
        "show_second": {"text": ["4"]},
        "show_last": {"text": ["2"]},
    }


def test_an_index_beyond_the_list_is_told_with_its_length(bench: Bench) -> None:
    result = bench.run(
        a=number(1),
        item=("GetItemFromList", {"list": ["a", 0], "index": 3}),
        show=("PreviewAny", {"source": ["item", 0]}),
    )
    assert result.failure == "index is 3; the list has 1 items, counted from 0."


def test_a_formula_gives_a_real_a_whole_number_and_a_truth(bench: Bench) -> None:
    result = bench.run(
        a=number(5),
        b=number(2.5),
        sum=("ComfyMathExpression", {"expression": "a / b + 0.9", "values.a": ["a", 0], "values.b": ["b", 0]}),
        real=("PreviewAny", {"source": ["sum", 0]}),
        whole=("PreviewAny", {"source": ["sum", 1]}),
        truth=("PreviewAny", {"source": ["sum", 2]}),
    )
    assert result.shown == {"real": {"text": ["2.9"]}, "whole": {"text": ["2"]}, "truth": {"text": ["True"]}}


def test_any_choice_of_one_s_own_list_is_valid(bench: Bench) -> None:
    graph: dict[str, Call] = {
        "combo": ("CustomCombo", {"choice": "9:16", "index": 1}),
        "name": ("PreviewAny", {"source": ["combo", 0]}),
        "place": ("PreviewAny", {"source": ["combo", 1]}),
    }
    assert bench.problems(**graph) == []
    assert bench.run(**graph).shown == {"name": {"text": ["9:16"]}, "place": {"text": ["1"]}}


def test_a_colour_may_be_a_constant_and_other_ports_not(bench: Bench) -> None:
    show = ("PreviewAny", {"source": ["colour", 0]})
    graph: dict[str, Call] = {"colour": ("ColorToRGBInt", {"color": "#0a929980"}), "show": show}
    assert bench.problems(**graph) == []
    assert bench.run(**graph).shown == {"show": {"text": [str(0x0A9299)]}}


@pytest.mark.parametrize("colour", ["", "red", 3, "#12345", "0a9299ff", "#12 45 6", "#xxyyzz"])
def test_what_is_no_colour_is_refused(colour: Any) -> None:
    with pytest.raises(UserError, match="is no colour"):
        numbers.read_colour(color=colour)


@pytest.mark.parametrize(
    ("value", "converted"),
    [(3, (3.0, 3)), (-2.7, (-2.7, -2)), (True, (1.0, 1)), (" 12 ", (12.0, 12)), ("-3.9e0", (-3.9, -3))],
)
def test_values_are_converted_to_numbers(value: Any, converted: tuple[float, int]) -> None:
    assert numbers.convert_number(value=value) == converted


@pytest.mark.parametrize("value", ["", "twelve", "inf", "nan", float("inf"), [1], 10**400, "1" * 5000])
def test_what_is_no_finite_number_is_refused(value: Any) -> None:
    with pytest.raises(UserError):
        numbers.convert_number(value=value)


def test_a_seed_goes_through_unchanged() -> None:
    assert numbers.seed_value(seed=2**63 - 1) == 2**63 - 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\nb", "a\nb"),
        (None, "None"),
        (1.5, "1.5"),
        ({"a": [1]}, '{\n    "a": [\n        1\n    ]\n}'),
        (torch.zeros(2, 3), '"Tensor (2, 3)"'),
        ({(1, 2): 3}, "dict"),
    ],
)
def test_any_value_can_be_looked_at(value: Any, text: str) -> None:
    shown = logic.preview_any(source=value)
    assert (shown.outputs, shown.ui) == ((text,), {"text": [text]})


def test_a_value_that_holds_itself_is_described() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert logic.preview_any(source=loop).outputs == ("list",)
