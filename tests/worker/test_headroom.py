"""--cache-ram: results are kept while memory stays free."""

from __future__ import annotations

from graph.cache import Entry
from worker.headroom import RoomyCache, free_memory

KEYS = [bytes([i]) for i in range(4)]


def test_results_are_kept_while_enough_stays_free_and_given_up_when_others_take_it() -> None:
    free = 100
    cache = RoomyCache(50, len, lambda: free)
    for key in KEYS[:3]:
        cache.put(key, Entry((b"x" * 10,), seconds=1))
        free -= 10
    assert [key in cache for key in KEYS] == [True, True, True, False]
    free = 30  # somebody else took 40: 20 too many
    cache.put(KEYS[3], Entry((b"x" * 10,), seconds=1))
    assert [key in cache for key in KEYS] == [False, False, True, True]


def test_nothing_is_kept_where_no_memory_is_free() -> None:
    cache = RoomyCache(50, len, lambda: 10)
    cache.put(KEYS[0], Entry((b"x" * 10,), seconds=1))
    assert KEYS[0] not in cache


def test_this_machine_says_how_much_is_free() -> None:
    assert free_memory() > 1_000_000
