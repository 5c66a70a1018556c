"""A run, told by its events."""

from __future__ import annotations

import gc
import weakref
from typing import Annotated, Any

import pytest

from graph.cache import NoCache
from graph.errors import UserError
from graph.events import Cached, CallFinished, CallProgress, CallStarted, Failed, Started, Succeeded
from graph.node import Done, Node, Slot, node
from graph.run import Run, current_call, current_run
from graph.spec import Int, NodeSpec, Output, Port
from tests.graph.samples import ANYTHING, NUMBER, SAMPLES, Bench, bench, prompt, shown, started

CHAIN = prompt(a=("Number", {"value": 1}), sum=("Add", {"a": ["a", 0], "more": 2}), out=("Show", {"value": ["sum", 0]}))


def failure(data: Any, *functions: Any) -> Failed:
    last = bench(*functions).run(data)[-1]
    assert isinstance(last, Failed)
    return last


def test_a_first_run_tells_of_every_call_and_of_what_it_shows() -> None:
    assert Bench().run(CHAIN) == [
        Started(),
        Cached(()),
        CallStarted("a", "Number", "a"),
        CallFinished("a", "a"),
        CallStarted("sum", "Add", "sum"),
        CallFinished("sum", "sum"),
        CallStarted("out", "Show", "out"),
        CallFinished("out", "out", ui={"text": [3]}),
        Succeeded(),
    ]


def test_a_cached_rerun_lists_its_hits_and_outputs_show_again_what_they_showed() -> None:
    table = Bench()
    table.run(CHAIN)
    assert table.run(CHAIN) == [
        Started(),
        Cached(("a", "sum", "out")),
        CallFinished("out", "out", ui={"text": [3]}, cached=True),
        Succeeded(),
    ]


def test_a_new_value_reruns_the_call_and_what_hangs_on_it() -> None:
    table = Bench()
    table.run(CHAIN)
    events = table.run({**CHAIN, "sum": {"class_type": "Add", "inputs": {"a": ["a", 0], "more": 5}}})
    assert (events[1], started(events), shown(events)) == (Cached(("a",)), ["sum", "out"], {"out": {"text": [6]}})


def test_renamed_ids_hit_the_cache() -> None:
    table = Bench()
    table.run(CHAIN)
    other = prompt(x=("Number", {"value": 1}), y=("Add", {"a": ["x", 0], "more": 2}), z=("Show", {"value": ["y", 0]}))
    assert (started(table.run(other)), table.run(other)[1]) == ([], Cached(("x", "y", "z")))


def test_seconds_come_from_the_clock_of_the_run() -> None:
    times = iter([1.0, 3.5])
    table = Bench(clock=times.__next__)
    events = table.run(prompt(out=("Show", {"value": 1})))
    assert [e.seconds for e in events if isinstance(e, CallFinished)] == [2.5]


def test_a_failing_node_ends_the_run_and_is_named_with_its_inputs_and_its_own_lines() -> None:
    data = {**CHAIN, **prompt(bad=("Fail", {"value": ["sum", 0]}), last=("Show", {"value": ["bad", 0]}))}
    last = Bench().run(data, ["last"])[-1]
    assert isinstance(last, Failed)
    lines = "".join(last.traceback)
    assert (last.call, last.node_type, last.message, last.exception_type, last.inputs, last.executed) == (
        "bad",
        "Fail",
        "cannot take 3",
        "ValueError",
        {"value": 3},
        ("a", "sum"),
    )
    assert "samples.py" in lines
    assert "execution.py" not in lines


def test_a_failed_run_keeps_the_results_of_finished_nodes() -> None:
    table = Bench()
    data = {**CHAIN, **prompt(bad=("Fail", {"value": ["sum", 0]}), last=("Show", {"value": ["bad", 0]}))}
    table.run(data, ["last"])
    assert table.plan(data, ["last"]).cached == ("a", "sum")


def test_after_a_failure_nothing_else_is_tried() -> None:
    data = prompt(bad=("Fail", {"value": 1}), last=("Show", {"value": ["bad", 0]}), other=("Number", {"value": 1}))
    data |= prompt(more=("Add", {"a": ["other", 0], "b": ["bad", 0]}), late=("Show", {"value": ["more", 0]}))
    events = Bench().run(data)
    assert "late" not in started(events)
    assert isinstance(events[-1], Failed)


def test_a_refusal_meant_for_the_user_comes_without_a_traceback() -> None:
    @node("Refuse", category="t", output=True)
    def refuse() -> None:
        """Refuses."""
        raise UserError("The picture is upside down. Turn it.")

    last = failure(prompt(r=("Refuse", {})), refuse)
    assert (last.message, last.exception_type, last.traceback) == (
        "The picture is upside down. Turn it.",
        "graph.UserError",
        (),
    )


def test_a_node_that_ends_the_process_only_fails_its_run() -> None:
    @node("Quit", category="t", output=True)
    def leave() -> None:
        """Wants to leave."""
        raise SystemExit(3)

    assert failure(prompt(q=("Quit", {})), leave).exception_type == "SystemExit"


def test_an_error_shows_inputs_in_brief_and_never_whole() -> None:
    class Big:
        shape = (4, 512)

    @node("Big", category="t")
    def big() -> NUMBER:
        """Gives something large."""
        return Big()

    data = prompt(
        b=("Big", {}), s=("Sampler", {"model": ["b", 0], "text": "x" * 5000}), bad=("Fail", {"value": ["b", 0]})
    )
    assert failure({**data, **prompt(out=("Show", {"value": ["bad", 0]}))}, big).inputs == {"value": "Big[4, 512]"}


def test_a_node_that_gives_too_few_outputs_is_blamed_and_not_its_reader() -> None:
    two = Node(NodeSpec("Two", outputs=(Output("a", "NUMBER"), Output("b", "NUMBER"))), lambda _, run: Done((1,)))
    table = Bench({**SAMPLES, "Two": two})
    last = table.run(prompt(t=("Two", {}), out=("Show", {"value": ["t", 1]})))[-1]
    assert isinstance(last, Failed)
    assert (last.call, last.message) == (
        "t",
        "Two gave 1 outputs, so there is no output 1. The node type is at fault.",
    )


def test_an_answer_that_is_none_names_what_it_is() -> None:
    odd = Node(NodeSpec("Odd", is_output=True), lambda _, run: 7)  # type: ignore[arg-type,return-value]  # the point
    last = Bench({"Odd": odd}).run(prompt(o=("Odd", {})))[-1]
    assert isinstance(last, Failed)
    assert last.message == "Odd answered with int; a node answers with Done, Needs or Expand."


def test_progress_is_told_of_the_call_at_work() -> None:
    @node("Slow", category="t", output=True)
    def slow(*, run: Run) -> None:
        """Reports."""
        run.progress(1, 2)
        run.progress(2, 2)

    events = bench(slow).run(prompt(s=("Slow", {})))
    assert [e for e in events if isinstance(e, CallProgress)] == [CallProgress("s", 1, 2), CallProgress("s", 2, 2)]


def test_a_node_finds_its_run_and_its_id_without_being_given_them() -> None:
    found: list[Any] = []

    @node("Look", category="t", output=True)
    def look() -> None:
        """Looks around."""
        found.append((current_run.get().id, current_call.get()))

    bench(look).run(prompt(l=("Look", {})))
    assert found == [("run", "l")]


def test_hidden_inputs_are_filled_in_by_the_engine() -> None:
    found: list[Any] = []

    @node("Hidden", category="t", output=True)
    def hidden(
        *,
        mine: Annotated[Any, Slot(hidden="UNIQUE_ID")],
        whole: Annotated[Any, Slot(hidden="PROMPT")],
        info: Annotated[Any, Slot(hidden="EXTRA_PNGINFO")],
        live: Annotated[Any, Slot(hidden="DYNPROMPT")],
        token: Annotated[Any, Slot(hidden="AUTH_TOKEN_COMFY_ORG")],
    ) -> None:
        """Wants to know."""
        found.append((mine, whole, info, live.get_node("h"), live.get_original_prompt(), token))

    data = prompt(h=("Hidden", {}))
    bench(hidden, extra={"extra_pnginfo": {"workflow": {}}}).run(data)
    assert found == [("h", data, {"workflow": {}}, data["h"], data, None)]


def test_a_raw_link_input_gets_the_link_itself() -> None:
    found: list[Any] = []

    @node("Raw", category="t", output=True)
    def raw(*, value: Annotated[Any, Port("*"), Slot(raw_link=True)]) -> None:
        """Looks at its link."""
        found.append(value)

    bench(raw).run(prompt(a=("Number", {"value": 1}), r=("Raw", {"value": ["a", 0]})))
    assert found == [["a", 0]]


@pytest.mark.parametrize("cache", ["none", "kept"])
def test_values_are_dropped_after_their_last_use(cache: str) -> None:
    alive: list[Any] = []
    counted: list[int] = []

    class Value:
        pass

    @node("Make", category="t")
    def make(*, n: Annotated[int, Int()] = 0, before: ANYTHING = None) -> NUMBER:
        """Makes a value, and counts how many others live."""
        gc.collect()
        counted.append(sum(ref() is not None for ref in alive))
        value = Value()
        alive.append(weakref.ref(value))
        return value

    data = prompt(v0=("Make", {"n": 0}))
    data |= {f"v{i}": {"class_type": "Make", "inputs": {"n": i, "before": [f"v{i - 1}", 0]}} for i in range(1, 6)}
    table = bench(make, cache=NoCache()) if cache == "none" else bench(make)
    table.run({**data, **prompt(out=("Total", {"values": ["v5", 0]}))}, ["v5"])
    assert counted == ([0, 1, 1, 1, 1, 1] if cache == "none" else [0, 1, 2, 3, 4, 5])


def test_an_output_in_the_middle_runs_before_what_hangs_on_it() -> None:
    data = prompt(
        a=("Number", {"value": 1}),
        b=("Add", {"a": ["a", 0], "more": 1}),
        look=("Show", {"value": ["a", 0]}),
        out=("Show", {"value": ["b", 0]}),
    )
    assert started(Bench().run(data)) == ["a", "look", "b", "out"]


def test_a_chain_of_20000_nodes_runs() -> None:
    data = prompt(n0=("Number", {"value": 1}))
    data |= {f"n{i}": {"class_type": "Add", "inputs": {"a": [f"n{i - 1}", 0], "more": 0}} for i in range(1, 20_000)}
    table = Bench()
    events = table.run({**data, **prompt(out=("Show", {"value": ["n19999", 0]}))})
    assert (events[-1], shown(events), len(table.ran)) == (Succeeded(), {"out": {"text": [1]}}, 20_001)


def test_an_evicted_result_between_plan_and_run_is_made_again() -> None:
    from graph.execute import execute

    table = Bench()
    table.run(CHAIN)
    plan = table.plan(CHAIN)
    table.cache.clear()
    events: list[Any] = []

    async def go() -> None:
        await execute(plan, table.nodes, table.cache, table.open_run(events.append))

    import asyncio

    asyncio.run(go())
    assert (started(events), events[-1]) == (["a", "sum", "out"], Succeeded())
