"""ExecutionBlocker: what hangs on it is skipped, the rest goes on."""

from __future__ import annotations

from typing import Annotated, Any

from graph.blocker import ExecutionBlocker
from graph.events import Blocked, Succeeded
from graph.node import Slot, node
from graph.spec import Port, Text
from tests.graph.samples import NUMBER, Bench, bench, prompt, shown, started


@node("Block", category="t")
def block(*, message: Annotated[str, Text()] = "") -> NUMBER:
    """Stops what hangs on it."""
    return ExecutionBlocker(message or None)


@node("Some", category="t")
def some() -> Annotated[Any, Port("NUMBER"), Slot(is_list=True)]:
    """1, a blocker, 3."""
    return [1, ExecutionBlocker("not this one"), 3]


def table() -> Bench:
    return bench(block, some)


def graph(message: str) -> Any:
    return prompt(
        b=("Block", {"message": message}),
        sum=("Add", {"a": ["b", 0], "more": 1}),
        out=("Show", {"value": ["sum", 0]}),
        fine=("Show", {"value": 7}),
    )


def test_a_silent_blocker_skips_what_hangs_on_it_and_the_run_ends_well() -> None:
    events = table().run(graph(""))
    assert (sorted(started(events)), [e for e in events if isinstance(e, Blocked)], events[-1]) == (
        ["b", "fine"],
        [],
        Succeeded(),
    )


def test_a_blocker_with_a_message_tells_it_once_at_the_first_call_skipped() -> None:
    events = table().run(graph("no face found"))
    assert [e for e in events if isinstance(e, Blocked)] == [Blocked("sum", "Add", "no face found")]


def test_a_rerun_tells_of_the_blocker_again() -> None:
    t = table()
    first, second = t.run(graph("no face found")), t.run(graph("no face found"))
    assert [e for e in second if isinstance(e, Blocked)] == [e for e in first if isinstance(e, Blocked)]


def test_a_blocker_works_per_list_item() -> None:
    data = prompt(s=("Some", {}), sum=("Add", {"a": ["s", 0], "more": 1}), out=("Show", {"value": ["sum", 0]}))
    t = table()
    events = t.run(data)
    assert (shown(events), t.ran.count("Add")) == ({"out": {"text": [2, 4]}}, 2)


def test_a_node_that_takes_lists_is_skipped_whole() -> None:
    data = prompt(s=("Some", {}), t=("Total", {"values": ["s", 0], "plus": 0}), out=("Show", {"value": ["t", 0]}))
    assert started(table().run(data)) == ["s"]
