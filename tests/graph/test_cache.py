"""What is kept between runs."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from graph.cache import Entry, LruCache, MemoryCache, NoCache
from tests.graph.samples import Bench, prompt

CHAIN = prompt(a=("Number", {"value": 1}), out=("Show", {"value": ["a", 0]}))


def entry(size: int, seconds: float = 0.0) -> Entry:
    return Entry((size,), seconds=seconds)


def memory(limit: int) -> MemoryCache:
    """A cache of numbers that count as so many bytes."""
    return MemoryCache(limit, size_of=lambda value: int(value))


def test_memory_never_exceeds_its_limit_and_drops_what_was_used_longest_ago() -> None:
    cache = memory(100)
    for name in (b"a", b"b", b"c"):
        cache.put(name, entry(40))
    assert ([b"a" in cache, b"b" in cache, b"c" in cache], cache.used_bytes) == ([False, True, True], 80)


def test_memory_keeps_what_took_most_seconds_per_byte() -> None:
    cache = memory(100)
    cache.put(b"costly", entry(40, seconds=10))
    cache.put(b"cheap", entry(40, seconds=0.1))
    cache.put(b"new", entry(40, seconds=1))
    assert (b"costly" in cache, b"cheap" in cache, b"new" in cache) == (True, False, True)


def test_even_costly_results_age_when_nobody_uses_them() -> None:
    cache = memory(100)
    cache.put(b"costly", entry(50, seconds=10))
    for i in range(30):
        cache.put(b"%d" % i, entry(50, seconds=1))
    assert b"costly" not in cache


def test_a_use_keeps_a_result_young() -> None:
    cache = memory(100)
    cache.put(b"a", entry(40))
    cache.put(b"b", entry(40))
    cache.get(b"a")
    cache.put(b"c", entry(40))
    assert (b"a" in cache, b"b" in cache) == (True, False)


def test_a_result_larger_than_the_limit_is_not_kept_and_pushes_nothing_out() -> None:
    cache = memory(100)
    cache.put(b"a", entry(40))
    cache.put(b"huge", entry(101))
    assert (b"a" in cache, b"huge" in cache) == (True, False)


def test_a_result_put_again_is_counted_once() -> None:
    cache = memory(100)
    for _ in range(5):
        cache.put(b"a", entry(40))
    assert (cache.used_bytes, len(cache)) == (40, 1)


def test_clearing_gives_everything_back() -> None:
    cache = memory(100)
    cache.put(b"a", entry(40))
    cache.clear()
    assert (cache.get(b"a"), cache.used_bytes) == (None, 0)


@given(st.lists(st.tuples(st.sampled_from(["put", "get"]), st.integers(0, 9), st.integers(0, 60), st.floats(0, 5))))
def test_the_sum_of_sizes_is_always_right_and_below_the_limit(steps: list[tuple[str, int, int, float]]) -> None:
    cache = memory(100)
    sizes: dict[bytes, int] = {}
    for what, number, size, seconds in steps:
        key = b"%d" % number
        if what == "put":
            cache.put(key, entry(size, seconds))
            sizes[key] = size
        else:
            cache.get(key)
    assert cache.used_bytes == sum(size for key, size in sizes.items() if key in cache) <= 100


def test_lru_keeps_the_last_n_used() -> None:
    cache = LruCache(2)
    cache.put(b"a", entry(1))
    cache.put(b"b", entry(1))
    cache.get(b"a")
    cache.put(b"c", entry(1))
    assert [b"a" in cache, b"b" in cache, b"c" in cache] == [True, False, True]


def test_with_no_cache_every_node_runs_again_and_values_are_handed_along_inside_the_run() -> None:
    table = Bench(cache=NoCache())
    table.run(CHAIN)
    table.run(CHAIN)
    assert table.ran == ["Number 1", "Show 1"] * 2


def test_a_cache_too_small_for_the_run_changes_nothing_but_the_time() -> None:
    table = Bench(cache=LruCache(1))
    for _ in range(2):
        table.run(CHAIN)
    assert table.ran == ["Number 1", "Show 1"]  # the output is the one that is kept


def test_costs_come_from_the_clock_of_the_run() -> None:
    times = iter(range(100))
    table = Bench(clock=lambda: float(next(times)))
    table.run(CHAIN)
    key = table.plan(CHAIN).keys["a"]
    assert key is not None
    found = table.cache.get(key)
    assert found is not None
    assert found.seconds == 1.0


def test_a_cache_can_be_cleared_while_a_run_uses_it() -> None:
    cache = memory(500)
    stop = threading.Event()

    def clear() -> None:
        while not stop.wait(0.0002):  # waits, or it would keep the interpreter to itself for minutes
            cache.clear()

    other = threading.Thread(target=clear)
    other.start()
    for i in range(3000):
        cache.put(b"%d" % (i % 7), entry(i % 90))
        cache.get(b"%d" % (i % 5))
    stop.set()
    other.join()
    cache.clear()
    assert cache.used_bytes == 0
