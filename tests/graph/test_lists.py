"""Lists on the wires."""

from __future__ import annotations

from typing import Annotated, Any

from graph.mapping import Many
from graph.node import Done, Slot, node
from graph.spec import Int, Port
from tests.graph.samples import ANYTHING, NUMBER, Bench, bench, prompt, shown, started

NUMBERS = prompt(n=("Numbers", {"count": 3}))


def test_a_function_runs_once_for_each_item_of_a_list() -> None:
    data = {
        **NUMBERS,
        **prompt(sum=("Add", {"a": ["n", 0], "more": 10}), t=("Total", {"values": ["sum", 0], "plus": 0})),
    }
    table = Bench()
    events = table.run({**data, **prompt(out=("Show", {"value": ["t", 0]}))})
    assert (shown(events), table.ran.count("Add")) == ({"out": {"text": [33]}}, 3)


def test_shorter_lists_repeat_their_last_item() -> None:
    data = prompt(
        three=("Numbers", {"count": 3}),
        two=("Numbers", {"count": 2}),
        sum=("Add", {"a": ["three", 0], "b": ["two", 0], "more": 0}),
        out=("Show", {"value": ["sum", 0]}),
    )
    assert shown(Bench().run(data)) == {"out": {"text": [0 + 0, 1 + 1, 2 + 1]}}


def test_no_inputs_are_one_call() -> None:
    assert started(Bench().run({**NUMBERS, **prompt(out=("Show", {"value": ["n", 0]}))})) == ["n", "out"]


def test_an_empty_list_is_no_call_and_gives_empty_lists() -> None:
    table = Bench()
    data = prompt(
        n=("Numbers", {"count": 0}),
        sum=("Add", {"a": ["n", 0], "more": 1}),
        t=("Total", {"values": ["sum", 0], "plus": 5}),
    )
    events = table.run({**data, **prompt(out=("Show", {"value": ["t", 0]}))})
    assert (table.ran, shown(events)) == (["Show 5"], {"out": {"text": [5]}})


def test_a_node_that_takes_lists_gets_constants_and_hidden_values_as_lists_of_one() -> None:
    found: list[Any] = []

    @node("Lists", category="t", output=True, takes_lists=True)
    def lists(
        *, values: ANYTHING, one: NUMBER, n: Annotated[Any, Int()] = 0, me: Annotated[Any, Slot(hidden="UNIQUE_ID")]
    ) -> None:
        """Takes what comes."""
        found.append((values, one, n, me))

    data = {**NUMBERS, **prompt(a=("Number", {"value": 7}), l=("Lists", {"values": ["n", 0], "one": ["a", 0], "n": 4}))}
    bench(lists).run(data)
    assert found == [([0, 1, 2], [7], [4], ["l"])]


def test_list_outputs_of_mapped_calls_are_strung_together_and_others_are_collected() -> None:
    @node("Twice", category="t")
    def twice(*, x: NUMBER) -> Annotated[Any, Port("NUMBER"), Slot(is_list=True)]:
        """A list of two."""
        return [x, x]

    data = {**NUMBERS, **prompt(d=("Twice", {"x": ["n", 0]}), out=("Show", {"value": ["d", 0]}))}
    assert shown(bench(twice).run(data)) == {"out": {"text": [0, 0, 1, 1, 2, 2]}}


def test_what_mapped_calls_show_is_strung_together_for_the_keys_of_the_first() -> None:
    @node("Odd", category="t", output=True)
    def odd(*, x: NUMBER) -> Done[None]:
        """Shows more for later items."""
        return Done((), {"a": [x]} if x == 0 else {"a": [x], "b": [x]})

    assert shown(bench(odd).run({**NUMBERS, **prompt(o=("Odd", {"x": ["n", 0]}))})) == {"o": {"a": [0, 1, 2]}}


def test_mapped_results_are_cached_as_lists() -> None:
    table = Bench()
    data = {**NUMBERS, **prompt(sum=("Add", {"a": ["n", 0], "more": 1}))}
    table.run({**data, **prompt(out=("Show", {"value": ["sum", 0]}))})
    key = table.plan(data, ["sum"]).keys["sum"]
    entry = table.cache.get(key) if key else None
    assert entry is not None
    assert entry.outputs == (Many([1, 2, 3]),)


def test_a_constant_list_is_one_value() -> None:
    events = Bench().run(prompt(out=("Show", {"value": {"__value__": [1, 2]}})))
    assert shown(events) == {"out": {"text": [[1, 2]]}}
