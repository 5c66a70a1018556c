"""What holds for every graph."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Annotated, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.cache import Cache, LruCache, NoCache
from graph.document import parse_prompt
from graph.events import Cached, CallFinished, CallStarted, Event, Succeeded
from graph.node import Expand, Slot, node
from graph.spec import Int, Port
from tests.graph.samples import NUMBER, Bench, bench, prompt, shown

Count = Annotated[int, Int()]


@node("Beside", category="t", needs_device=False)
def beside(*, a: NUMBER, b: NUMBER = None, more: Count = 0) -> NUMBER:
    """A sum, beside the device."""
    return int(a) + int(b or 0) + more


@node("Later", category="t")
async def later(*, a: NUMBER, b: NUMBER = None, more: Count = 0) -> NUMBER:
    """A sum, later."""
    await asyncio.sleep(0)
    return int(a) + int(b or 0) + more


@node("Grown", category="t")
def grown(*, a: NUMBER, b: NUMBER = None, more: Count = 0) -> Expand[NUMBER]:
    """A sum, made by an expansion."""
    inner = prompt(one=("Add", {"a": a, "b": 0, "more": more}), two=("Add", {"a": ["one", 0], "b": b or 0, "more": 0}))
    return Expand(inner, (["two", 0],))


def ask(a: Any, b: Any) -> list[str]:
    return ["a"] if a is None else ["b"] if b is None else []


LAZY = Annotated[Any, Port("NUMBER"), Slot(lazy=True)]


@node("Lazy", category="t", needs=ask)
def lazy(*, a: LAZY, b: LAZY = None, more: Count = 0) -> NUMBER:
    """A sum, of what it asks for one after the other."""
    return int(a) + int(b or 0) + more


KINDS = ("Add", "Beside", "Later", "Grown", "Lazy")
Data = dict[str, dict[str, Any]]


@st.composite
def graphs(draw: st.DrawFn) -> Data:
    """A random graph of sums; every call reads one or two of those before it."""
    data = prompt(c0=("Number", {"value": draw(st.integers(0, 3))}))
    for i in range(1, draw(st.integers(1, 12))):
        sources = [[f"c{draw(st.integers(0, i - 1))}", 0] for _ in range(2)]
        more = draw(st.integers(0, 3))
        data |= prompt(**{f"c{i}": (draw(st.sampled_from(KINDS)), {"a": sources[0], "b": sources[1], "more": more})})
    for i in draw(st.lists(st.integers(0, len(data) - 1), min_size=1, max_size=3, unique=True)):
        data |= prompt(**{f"out{i}": ("Show", {"value": [f"c{i}", 0]})})
    return data


def values(data: Data) -> dict[str, int]:
    """What each call gives, worked out by hand."""
    found: dict[str, int] = {}
    for call, item in data.items():
        given = item["inputs"]
        if call == "c0":
            found[call] = given["value"]
        elif call.startswith("c"):
            found[call] = found[given["a"][0]] + found[given["b"][0]] + given["more"]
    return found


def ancestors(data: Data) -> set[str]:
    sources = parse_prompt(data).sources
    found: set[str] = set()
    stack = [call for call in data if call.startswith("out")]
    while stack:
        call = stack.pop()
        if call not in found:
            found.add(call)
            stack += sources[call]
    return found


def table(cache: Cache | None = None) -> Bench:
    return bench(beside, later, grown, lazy, cache=LruCache(10_000) if cache is None else cache)


def own(events: list[Event], kind: type[CallStarted] | type[CallFinished]) -> list[str]:
    return [e.call for e in events if isinstance(e, kind) and "." not in e.call]


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_every_needed_call_runs_once_and_never_before_its_inputs(data: Data) -> None:
    events = table(NoCache()).run(data)
    sources = parse_prompt(data).sources
    finished = own(events, CallFinished)
    assert Counter(own(events, CallStarted)) == Counter(ancestors(data))
    assert all(finished.index(s) < finished.index(call) for call in finished for s in sources[call])
    assert events[-1] == Succeeded()


@settings(max_examples=60, deadline=None)
@given(graphs(), st.sampled_from([NoCache, lambda: LruCache(1), lambda: LruCache(3), lambda: LruCache(10_000)]))
def test_results_are_right_whatever_is_cached(data: Data, cache: Any) -> None:
    right = {
        call: {"text": [values(data)[item["inputs"]["value"][0]]]} for call, item in data.items() if call[0] == "o"
    }
    t = table(cache())
    for _ in range(2):
        assert {call: ui for call, ui in shown(t.run(data)).items() if "." not in call} == right


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_a_cached_rerun_runs_nothing_and_shows_the_same(data: Data) -> None:
    t = table()
    first, second = t.run(data), t.run(data)
    assert ([e for e in second if isinstance(e, CallStarted)], shown(second)) == ([], shown(first))


@settings(max_examples=40, deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_renaming_and_reordering_changes_nothing(data: Data, random: Any) -> None:
    names = list(data)
    random.shuffle(names)
    new = {old: f"n{i}" for i, old in enumerate(names)}
    renamed = {
        new[old]: {
            "class_type": data[old]["class_type"],
            "inputs": {k: [new[v[0]], v[1]] if isinstance(v, list) else v for k, v in data[old]["inputs"].items()},
        }
        for old in names
    }
    t = table()
    t.run(data)
    events = t.run(renamed)
    cached = events[1]
    assert isinstance(cached, Cached)
    assert ([e for e in events if isinstance(e, CallStarted)], set(cached.calls)) == (
        [],
        {new[call] for call in ancestors(data)},
    )


@settings(max_examples=40, deadline=None)
@given(graphs(), st.data())
def test_a_changed_constant_reruns_exactly_what_hangs_on_it(data: Data, choose: st.DataObject) -> None:
    t = table()
    t.run(data)
    call = choose.draw(st.sampled_from([c for c in data if c.startswith("c") and c != "c0"] or ["c0"]))
    name = "value" if call == "c0" else "more"
    changed = {**data, call: {**data[call], "inputs": {**data[call]["inputs"], name: 77}}}
    hanging = {call}
    sources = parse_prompt(changed).sources
    for other in changed:
        hanging |= {other} if hanging & set(sources[other]) else set()
    ran = [c for c in own(t.run(changed), CallStarted)]
    assert Counter(ran) == Counter(hanging & ancestors(changed))
