"""Loops as the engine runs them: rounds, what they hand on, what they give."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nodes import json_text, logic, loops, numbers, primitives, text
from tests.nodes.bench import Bench, Call


@pytest.fixture
def bench() -> Bench:
    return Bench(loops, json_text, logic, numbers, primitives, text)


def formula(expression: str, **values: list[Any]) -> Call:
    return "ComfyMathExpression", {"expression": expression, **{f"values.{k}": v for k, v in values.items()}}


def show(*link: Any) -> Call:
    return "PreviewAny", {"source": list(link)}


def simple(count: int, **more: Any) -> Call:
    return "StartLoop", {"mode": "simple", "mode.num_iterations": count, "cache_iterations": False, **more}


def doubling(count: int, *, accumulate: bool) -> dict[str, Call]:
    """Starts with 1 and doubles it in every round."""
    return {
        "one": ("PrimitiveInt", {"value": 1}),
        "start": simple(count, initial_iteration_value=["one", 0]),
        "double": formula("a * 2", a=["start", 4]),
        "end": (
            "EndLoop",
            {"output_value": ["double", 1], "next_iteration_value": ["double", 1], "accumulate": accumulate},
        ),
        "show": show("end", 0),
    }


@pytest.mark.parametrize(("count", "shown"), [(1, ["2"]), (2, ["4"]), (10, ["1024"])])
def test_each_round_gets_what_the_one_before_handed_on(bench: Bench, count: int, shown: list[str]) -> None:
    assert bench.run(**doubling(count, accumulate=False)).shown == {"show": {"text": shown}}


def test_every_round_s_value_is_given_as_a_list_when_asked_for(bench: Bench) -> None:
    result = bench.run(**doubling(5, accumulate=True))
    assert result.shown == {"show": {"text": ["2", "4", "8", "16", "32"]}}


def test_no_rounds_run_nothing_and_give_nothing(bench: Bench) -> None:
    result = bench.run(**doubling(0, accumulate=True))
    assert (result.failure, result.shown) == ("", {})
    assert "double" not in result.ran


def test_a_loop_that_ran_is_cached_whole(bench: Bench) -> None:
    bench.run(**doubling(4, accumulate=False))
    again = bench.run(**doubling(4, accumulate=False))
    assert again.ran == []


def test_a_loop_counts_from_to_and_by(bench: Bench) -> None:
    mode = {"mode": "For", "mode.start_iteration_index": 3, "mode.max_iteration": 12, "mode.step": 4}
    result = bench.run(
        start=("StartLoop", {**mode, "cache_iterations": False}),
        text=(
            "StringFormat",
            {"f_string": "{a} {b} {c}", **{f"values.{n}": ["start", i] for i, n in enumerate("abc")}},
        ),
        end=("EndLoop", {"output_value": ["text", 0], "accumulate": True}),
        show=show("end", 0),
    )
    assert result.shown["show"]["text"] == ["3 True False", "7 False False", "11 False True"]


def test_a_loop_goes_through_a_list(bench: Bench) -> None:
    result = bench.run(
        a=("PrimitiveString", {"value": "fox"}),
        b=("PrimitiveString", {"value": "hen"}),
        list=("CreateList", {"inputs.input0": ["a", 0], "inputs.input1": ["b", 0]}),
        start=("StartLoop", {"mode": "List", "mode.list": ["list", 0], "cache_iterations": False}),
        text=("StringFormat", {"f_string": "{a}{b}", "values.a": ["start", 0], "values.b": ["start", 3]}),
        end=("EndLoop", {"output_value": ["text", 0], "accumulate": True}),
        show=show("end", 0),
    )
    assert result.shown["show"]["text"] == ["0fox", "1hen"]


def test_loops_may_lie_inside_each_other(bench: Bench) -> None:
    result = bench.run(
        outer=simple(2),
        inner=simple(3, parent_iteration=["outer", 0]),
        text=("StringFormat", {"f_string": "{a}{b}", "values.a": ["outer", 0], "values.b": ["inner", 0]}),
        inner_end=("EndLoop", {"output_value": ["text", 0], "accumulate": True}),
        outer_end=("EndLoop", {"output_value": ["inner_end", 0], "accumulate": True}),
        show=show("outer_end", 0),
    )
    assert result.failure == ""
    assert result.shown["show"]["text"] == ["00", "01", "02", "10", "11", "12"]


def test_one_loop_may_follow_another(bench: Bench) -> None:
    result = bench.run(
        **doubling(3, accumulate=False),
        second=simple(2, initial_iteration_value=["end", 0]),
        less=formula("a - 1", a=["second", 4]),
        second_end=("EndLoop", {"output_value": ["less", 1], "next_iteration_value": ["less", 1], "accumulate": False}),
        result=show("second_end", 0),
    )
    assert result.shown["result"]["text"] == ["6"]


def test_terminations_run_in_every_round_though_nothing_reads_them(bench: Bench) -> None:
    result = bench.run(
        start=simple(3),
        seen=show("start", 0),
        number=formula("a", a=["start", 0]),
        end=("EndLoop", {"output_value": ["number", 1], "accumulate": False, "terminations.termination0": ["seen", 0]}),
        show=show("end", 0),
    )
    assert result.failure == ""
    assert len([call for call in result.ran if call.endswith("seen")]) == 3


def test_many_rounds_are_no_trouble(bench: Bench) -> None:
    result = bench.run(
        start=simple(150, initial_iteration_value=["zero", 0]),
        zero=("PrimitiveInt", {"value": 0}),
        more=formula("a + 1", a=["start", 4]),
        end=("EndLoop", {"output_value": ["more", 1], "next_iteration_value": ["more", 1], "accumulate": False}),
        show=show("end", 0),
    )
    assert result.shown["show"]["text"] == ["150"]


def test_an_end_without_a_start_says_what_to_do(bench: Bench) -> None:
    result = bench.run(
        one=("PrimitiveInt", {"value": 1}),
        end=("EndLoop", {"output_value": ["one", 0], "accumulate": False}),
        show=show("end", 0),
    )
    assert result.failure == "EndLoop hangs on no StartLoop. Link what is to be repeated between the two."


def test_euclid_s_algorithm_runs_as_workflows_write_it(bench: Bench) -> None:
    keys = {name: ("JsonExtractString", {"json_string": ["start", 4], "key": name}) for name in "ab"}
    result = bench.run(
        pair=("PrimitiveString", {"value": json.dumps({"a": 48, "b": 36})}),
        start=simple(6, initial_iteration_value=["pair", 0]),
        **keys,
        x=("ComfyNumberConvert", {"value": ["a", 0]}),
        y=("ComfyNumberConvert", {"value": ["b", 0]}),
        rest=formula("a % b if b > 0 else 0", a=["x", 1], b=["y", 1]),
        first=formula("b if b > 0 else a", a=["x", 1], b=["y", 1]),
        on=("StringFormat", {"f_string": '{{"a": {a}, "b": {b}}}', "values.a": ["first", 1], "values.b": ["rest", 1]}),
        end=("EndLoop", {"output_value": ["first", 1], "next_iteration_value": ["on", 0], "accumulate": False}),
        show=show("end", 0),
    )
    assert (result.failure, result.shown["show"]["text"]) == ("", ["12"])
