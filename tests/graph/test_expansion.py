"""Calls that become subgraphs while the run goes on."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from graph.events import CallFinished, CallStarted, Failed, Succeeded
from graph.node import Done, Expand, Slot, node
from graph.spec import Int, Port
from tests.graph.samples import ANYTHING, NUMBER, Bench, Ran, bench, prompt, shown, started

Count = Annotated[int, Int()]


class Five:
    def __int__(self) -> int:
        return 5


@node("Plus", category="t")
def plus(*, x: NUMBER, more: Count = 1) -> Expand[NUMBER]:
    """Stands for a Number and an Add."""
    inner = prompt(n=("Number", {"value": more}), s=("Add", {"a": ["n", 0], "b": x, "more": 0}))
    return Expand(inner, (["s", 0],))


@node("Repeat", category="t")
def repeat(*, x: NUMBER, times: Count) -> Expand[NUMBER] | Done[NUMBER]:
    """Adds one, ``times`` times, by expanding to itself."""
    if times == 0:
        return Done((x,))
    inner = prompt(s=("Add", {"a": x, "more": 1}), r=("Repeat", {"x": ["s", 0], "times": times - 1}))
    return Expand(inner, (["r", 0],))


@node("Expands", category="t")
def expands(*, graph: ANYTHING, outputs: ANYTHING) -> Expand[NUMBER]:
    """Stands for whatever it is given."""
    return Expand(graph, tuple(outputs))


@node("Object", category="t")
def an_object() -> NUMBER:
    """Gives what cannot be written down."""
    return Five()


def table() -> Bench:
    return bench(plus, repeat, expands, an_object)


def around(*call: Any) -> Any:
    return prompt(a=("Number", {"value": 1}), e=call, out=("Show", {"value": ["e", 0]}))


def given(graph: Any, outputs: Any) -> Any:
    return around("Expands", {"graph": {"__value__": graph}, "outputs": {"__value__": outputs}})


def test_new_ids_tell_where_they_come_from_and_are_drawn_on_their_parent() -> None:
    events = table().run(around("Plus", {"x": ["a", 0], "more": 4}))
    assert [e for e in events if isinstance(e, CallStarted)] == [
        CallStarted("a", "Number", "a"),
        CallStarted("e", "Plus", "e"),
        CallStarted("e.0.0.n", "Number", "e", "e"),
        CallStarted("e.0.0.s", "Add", "e", "e"),
        CallStarted("out", "Show", "out"),
    ]
    assert shown(events) == {"out": {"text": [5]}}


def test_the_expanding_call_finishes_when_its_expansion_has() -> None:
    events = table().run(around("Plus", {"x": ["a", 0], "more": 4}))
    finished = [e.call for e in events if isinstance(e, CallFinished)]
    assert finished == ["a", "e.0.0.n", "e.0.0.s", "e", "out"]


def test_an_expanded_result_is_cached_and_not_expanded_again() -> None:
    t = table()
    t.run(around("Plus", {"x": ["a", 0], "more": 4}))
    assert started(t.run(around("Plus", {"x": ["a", 0], "more": 4}))) == []


def test_inner_results_are_reused_when_only_the_outside_changed() -> None:
    t = table()
    t.run(around("Plus", {"x": ["a", 0], "more": 4}))
    t.ran.clear()
    t.run({**around("Plus", {"x": ["a", 0], "more": 4}), **prompt(a=("Number", {"value": 2}))})
    assert t.ran == Ran(["Number 2", "Add", "Show 6"])


def test_expanded_nodes_may_expand_again_as_loops_do() -> None:
    events = table().run(around("Repeat", {"x": ["a", 0], "times": 300}))
    last = max((e.call for e in events if isinstance(e, CallStarted)), key=len)
    parents = {e.shown for e in events if isinstance(e, CallStarted) and e.parent}
    assert (shown(events), last.count(".0.0."), parents) == ({"out": {"text": [301]}}, 300, {"e"})


def test_links_of_an_expansion_may_lead_out_of_it() -> None:
    events = table().run(given(prompt(s=("Add", {"a": ["a", 0], "more": 1})), [["s", 0]]))
    assert shown(events) == {"out": {"text": [2]}}


def test_an_expansion_may_mix_values_and_links() -> None:
    @node("Mixed", category="t")
    def mixed(*, x: NUMBER) -> Expand[NUMBER]:
        """A value for even numbers, a subgraph for odd ones."""
        if x % 2 == 0:
            return Expand({}, (x,))
        return Expand(prompt(s=("Add", {"a": x, "more": 10})), (["s", 0],))

    data = prompt(n=("Numbers", {"count": 4}), m=("Mixed", {"x": ["n", 0]}), out=("Show", {"value": ["m", 0]}))
    events = bench(mixed).run(data)
    assert shown(events) == {"out": {"text": [0, 11, 2, 13]}}
    assert {c for c in started(events) if "." in c} == {"m.1.0.s", "m.3.0.s"}


def test_mapped_results_of_which_some_expand_and_some_are_literal_merge_in_order() -> None:
    @node("Some", category="t")
    def some(*, x: NUMBER) -> Annotated[Any, Port("NUMBER"), Slot(is_list=True)]:
        """A list, or what a subgraph gives as one."""
        return [x, x]

    @node("Either", category="t")
    def either(*, x: NUMBER) -> Done[NUMBER] | Expand[NUMBER]:
        """A literal or a subgraph."""
        return Done((x,)) if x == 0 else Expand(prompt(s=("Some", {"x": x})), (["s", 0],))

    data = prompt(n=("Numbers", {"count": 2}), m=("Either", {"x": ["n", 0]}), out=("Show", {"value": ["m", 0]}))
    assert shown(bench(some, either).run(data)) == {"out": {"text": [0, 1, 1]}}


def test_output_nodes_inside_an_expansion_run_as_well_and_are_drawn_on_it() -> None:
    events = table().run(given(prompt(look=("Show", {"value": 9})), [3]))
    drawn = {e.call: e.shown for e in events if isinstance(e, CallFinished) and e.ui}
    assert (drawn, shown(events)["e.0.0.look"]) == ({"e.0.0.look": "e", "out": "out"}, {"text": [9]})


def test_an_inner_node_may_say_where_it_is_drawn() -> None:
    inner = {"s": {"class_type": "Add", "inputs": {"a": 1}, "override_display_id": "a"}}
    events = table().run(given(inner, [["s", 0]]))
    assert CallStarted("e.0.0.s", "Add", "a", "e") in events


def test_ids_that_have_their_parents_prefix_already_are_kept() -> None:
    events = table().run(given({"e.0.7.s": {"class_type": "Add", "inputs": {"a": 1}}}, [["e.0.7.s", 0]]))
    assert "e.0.7.s" in started(events)


def test_objects_inside_an_expansion_do_not_keep_its_calls_from_being_cached() -> None:
    t = table()
    data = prompt(o=("Object", {}), e=("Plus", {"x": ["o", 0], "more": 1}), out=("Show", {"value": ["e", 0]}))
    plan = t.plan(data)
    t.run(data)
    assert (plan.keys["e"] is not None, t.plan(data).runs) == (True, ())


@pytest.mark.parametrize(
    ("graph", "outputs", "message"),
    [
        (prompt(s=("Gone", {})), [["s", 0]], "Expands expanded to a node of type 'Gone', which does not exist."),
        (
            prompt(s=("Add", {"a": ["zzz", 0]})),
            [["s", 0]],
            "Expands expanded to a link to node zzz in node e.0.0.s, which does not exist.",
        ),
        (prompt(), [["zzz", 0]], "Expands expanded to a link to node zzz in its outputs, which does not exist."),
    ],
)
def test_an_expansion_that_makes_no_sense_fails_its_node(graph: Any, outputs: Any, message: str) -> None:
    last = table().run(given(graph, outputs))[-1]
    assert isinstance(last, Failed)
    assert (last.call, last.message) == ("e", message)


def test_a_link_to_a_slot_that_an_inner_call_lacks_blames_the_inner_call() -> None:
    last = table().run(given(prompt(s=("Add", {"a": 1})), [["s", 3]]))[-1]
    assert isinstance(last, Failed)
    assert (last.call, last.node_type) == ("e", "Add")


@pytest.mark.parametrize("back", ["e", "out2"])
def test_a_cycle_made_by_expansion_fails_at_run_time_and_blames_the_expanding_node(back: str) -> None:
    graph = prompt(s=("Add", {"a": [back, 0], "more": 1}))
    data = {
        **given(graph, [["s", 0]]),
        **prompt(out2=("Add", {"a": ["e", 0], "more": 0}), late=("Show", {"value": ["out2", 0]})),
    }
    last = table().run(data)[-1]
    assert isinstance(last, Failed)
    assert (last.call, last.node_type, last.exception_type) == ("e", "Expands", "graph.DependencyCycleError")
    assert "wait for its own result" in last.message


def test_a_failure_inside_an_expansion_names_the_users_node_and_the_inner_type() -> None:
    last = table().run(given(prompt(f=("Fail", {"value": 3})), [["f", 0]]))[-1]
    assert isinstance(last, Failed)
    assert (last.call, last.node_type, last.message) == ("e", "Fail", "cannot take 3")


def test_executed_names_only_the_users_own_nodes() -> None:
    data = around("Plus", {"x": ["a", 0], "more": 4})
    last = table().run(
        {**data, **prompt(bad=("Fail", {"value": ["e", 0]}), end=("Show", {"value": ["bad", 0]}))}, ["end"]
    )[-1]
    assert isinstance(last, Failed)
    assert last.executed == ("a", "e")


def test_a_node_sees_the_live_graph() -> None:
    found: list[Any] = []

    @node("Inside", category="t", output=True)
    def inside(*, me: Annotated[Any, Slot(hidden="UNIQUE_ID")], live: Annotated[Any, Slot(hidden="DYNPROMPT")]) -> None:
        """Looks who made it."""
        found.append(
            (
                me,
                live.get_parent_node_id(me),
                live.get_real_node_id(me),
                live.get_display_node_id(me),
                live.has_node("a"),
            )
        )

    t = bench(expands, inside)
    events = t.run(given(prompt(i=("Inside", {})), [1]))
    assert (found, events[-1]) == ([("e.0.0.i", "e", "e", "e", True)], Succeeded())
