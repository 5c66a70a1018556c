"""What a run would do, and why, without running anything."""

from __future__ import annotations

import math
from typing import Annotated, Any

import pytest

from graph.document import NodeCall
from graph.errors import GraphError
from graph.node import Node, node
from graph.spec import Int
from tests.graph.samples import NUMBER, Bench, Ran, bench, prompt

CHAIN = prompt(
    a=("Number", {"value": 1}),
    b=("Number", {"value": 2}),
    sum=("Add", {"a": ["a", 0], "b": ["b", 0], "more": 0}),
    out=("Show", {"value": ["sum", 0]}),
    loose=("Number", {"value": 9}),
)
NEW_B = {**CHAIN, "b": {"class_type": "Number", "inputs": {"value": 3}}}


def test_a_plan_names_what_runs_sources_first_and_runs_nothing() -> None:
    table = Bench()
    plan = table.plan(CHAIN)
    assert (plan.outputs, plan.runs, plan.cached, table.ran) == (("out",), ("a", "b", "sum", "out"), (), [])


def test_after_a_run_everything_is_cached() -> None:
    table = Bench()
    table.run(CHAIN)
    plan = table.plan(CHAIN)
    assert (plan.runs, plan.cached) == ((), ("a", "b", "sum", "out"))


def test_a_plan_says_why_each_call_runs_or_does_not() -> None:
    table = Bench()
    table.run(CHAIN)
    plan = table.plan(NEW_B)
    assert {call: plan.why(call) for call in NEW_B} == {
        "a": "Its result is known.",
        "b": "No result is kept for these values.",
        "sum": "It reads node b, which runs.",
        "out": "It reads node sum, which runs.",
        "loose": "No wanted output hangs on it.",
    }


def test_what_nobody_reads_any_more_is_known_beforehand() -> None:
    assert Bench().plan(CHAIN).last_reader == {"a": "sum", "b": "sum", "sum": "out"}


def test_a_result_that_is_kept_spares_its_ancestors_even_if_theirs_are_gone() -> None:
    table = Bench()
    table.run(CHAIN)
    kept = {key: table.cache.get(key) for key in [table.plan(CHAIN).keys["sum"]] if key}
    table.cache.clear()
    for key, entry in kept.items():
        assert entry is not None
        table.cache.put(key, entry)
    plan = table.plan(CHAIN)
    assert (plan.runs, plan.cached) == (("out",), ("sum",))


def test_a_fingerprint_is_called_with_constants_only_and_its_result_goes_into_the_key() -> None:
    seen: list[Any] = []
    stamp = ["v1"]

    def fingerprint(a: Any, by: int) -> str:
        seen.append((a, by))
        return stamp[0]

    @node("Stamped", category="t", output=True, fingerprint=fingerprint)
    def stamped(*, a: NUMBER, by: Annotated[int, Int()] = 1) -> None:
        """Depends on the world."""

    table = bench(stamped)
    data = prompt(a=("Number", {"value": 1}), s=("Stamped", {"a": ["a", 0], "by": 5}))
    table.run(data)
    same = table.plan(data).runs
    stamp[0] = "v2"
    assert (same, table.plan(data).runs, set(seen)) == ((), ("s",), {(None, 5)})


async def later(value: Any) -> Any:
    return value


def refuse() -> Any:
    raise OSError("no such file")


@pytest.mark.parametrize("fingerprint", [lambda: math.nan, lambda: later(math.nan), refuse, object])
def test_nan_an_exception_and_what_has_no_value_mean_that_a_call_runs_every_time(fingerprint: Any) -> None:
    @node("Restless", category="t", output=True, fingerprint=fingerprint)
    def restless() -> None:
        """Never the same."""

    table = bench(restless)
    data = prompt(r=("Restless", {}))
    table.run(data)
    plan = table.plan(data)
    assert (plan.runs, plan.why("r")) == (("r",), "It asks to run every time.")


async def test_an_async_fingerprint_is_awaited_even_inside_an_event_loop() -> None:
    @node("Later", category="t", output=True, fingerprint=lambda: later("v1"))
    def stamped() -> None:
        """Its fingerprint takes a while."""

    table = bench(stamped)
    await table.run_async(prompt(s=("Later", {})))
    assert table.plan(prompt(s=("Later", {}))).runs == ()


def test_a_changed_file_runs_what_reads_it() -> None:
    size = [1]

    def outside(call: NodeCall, node: Node) -> str:
        return f"{call.inputs['file']} {size[0]}" if node.spec.name == "Loader" else ""

    table = Bench(outside=outside)
    data = prompt(m=("Loader", {"file": "a"}), out=("Show", {"value": ["m", 0]}))
    table.run(data)
    same = table.plan(data).runs
    size[0] = 2
    assert (same, table.plan(data).runs) == ((), ("m", "out"))


@pytest.mark.parametrize(
    "data",
    [prompt(a=("Gone", {}), out=("Show", {"value": ["a", 0]})), prompt(out=("Show", {"value": ["out", 0]}))],
)
def test_an_unchecked_graph_is_refused_and_not_run(data: Any) -> None:
    with pytest.raises(GraphError):
        Bench().plan(data, ["out"])


def test_several_outputs_share_what_they_have_in_common() -> None:
    table = Bench()
    data = {**CHAIN, **prompt(second=("Show", {"value": ["a", 0]}))}
    table.run(data)
    assert sorted(table.ran) == sorted(["Number 1", "Number 2", "Add", "Show 3", "Show 1"])


def test_only_the_targets_and_what_they_need_run() -> None:
    table = Bench()
    data = {**CHAIN, **prompt(second=("Show", {"value": ["a", 0]}))}
    table.run(data, ["second"])
    assert table.ran == Ran(["Number 1", "Show 1"])
