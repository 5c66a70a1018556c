"""Costly results outlive the process. A restart is a second house on the same folders."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch

from diffusion.memory import open_memory
from diffusion.values import Area, Cond, ControlUse, Latent
from graph.cache import Entry, MemoryCache
from graph.document import parse_prompt
from graph.events import CallFinished, CallStarted, Event
from jobs.options import Options
from tests.api.running import call
from worker.loading import build_house
from worker.results.disk import DiskCache, TieredCache
from worker.results.epoch import find_epoch
from worker.results.frozen import Unfreezable, freeze, thaw
from worker.runner import Runner

KEYS = [bytes([number]) * 16 for number in range(8)]
MB = 1_000_000


def picture(megabytes: float = 0.001) -> torch.Tensor:
    return torch.rand(int(megabytes * MB / 4))


def a_cache(folder: Path, epoch: str = "now", limit_bytes: int = 100 * MB) -> DiskCache:
    return DiskCache(folder, epoch, limit_bytes)


def keep(cache: DiskCache, key: bytes, entry: Entry) -> None:
    cache.put(key, entry)
    cache.settle()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def paint(base: Path, seconds: float = 0.3) -> tuple[list[str], dict[str, Any]]:
    """A small graph run as a fresh process would run it: which calls started, and what was shown."""
    house = build_house(Options(base, cpu=True, nodes="tests.worker.costly_nodes"))
    prompt = {"1": call("Dream", a=0.5, seconds=seconds), "2": call("Look", image=["1", 0])}
    runner, events = Runner(house), list[Event]()
    await runner.run(runner.open_run("run", prompt, {}, events.append), parse_prompt(prompt), ["2"])
    if isinstance(house.cache, TieredCache):
        house.cache.disk.settle()
    shown = next(event.ui for event in events if isinstance(event, CallFinished) and event.ui)
    return [event.call for event in events if isinstance(event, CallStarted)], dict(shown or {})


async def test_a_costly_result_is_still_there_after_a_restart(tmp_path: Path) -> None:
    first = await paint(tmp_path)
    second = await paint(tmp_path)

    assert first == (["1", "2"], {"text": ["0.50"]})
    assert second == (["2"], {"text": ["0.50"]})


async def test_what_is_made_again_quickly_is_not_kept(tmp_path: Path) -> None:
    await paint(tmp_path, seconds=0.0)

    assert files(tmp_path / "user") == []


@pytest.mark.parametrize("options", [{"cache_none": True}, {"cache_disk": 0.0}])
def test_the_disk_is_left_alone_when_asked_for(tmp_path: Path, options: dict[str, Any]) -> None:
    house = build_house(Options(tmp_path, cpu=True, nodes="tests.worker.costly_nodes", **options))

    assert not isinstance(house.cache, TieredCache)


def test_values_come_back_as_they_were(tmp_path: Path) -> None:
    samples, mask = torch.randn(1, 4, 2, 2), torch.rand(1, 2, 2)
    tokens = torch.randn(1, 77, 8).bfloat16()
    cond = Cond(tokens, area=Area(0.5, 1, 0, 0, relative=True), mask=mask, extra={"guidance": [3.5, None, "x"]})
    outputs = (Latent(samples, mask, (0, 2)), (cond,), {1: mask, "rate": 44100}, [True, 1, 1.0, float("inf")], samples)
    path = tmp_path / "a.safetensors"

    path.write_bytes(freeze(Entry(outputs, seconds=2.5)))
    entry = thaw(path)

    assert entry.seconds == 2.5
    assert repr(entry.outputs) == repr(outputs)
    assert torch.equal(entry.outputs[0].samples, samples)
    assert torch.equal(entry.outputs[1][0].tokens, tokens)
    assert [type(value) for value in entry.outputs[3]] == [bool, int, float, float]


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {"a": {1, 2}},
        Cond(torch.rand(1, 2, 2), controls=(ControlUse(None, torch.rand(1, 2, 2, 3)),)),  # type: ignore[arg-type]
        torch.rand(4, 4).t(),
        torch.nn.Parameter(torch.rand(2)),
    ],
    ids=["an object", "a set", "a ControlNet", "a turned tensor", "a parameter"],
)
def test_what_cannot_be_written_down_without_loss_is_not_kept(tmp_path: Path, value: Any) -> None:
    with pytest.raises(Unfreezable):
        freeze(Entry((value,)))

    cache = a_cache(tmp_path)
    keep(cache, KEYS[0], Entry((value,), seconds=9))
    assert KEYS[0] not in cache
    assert files(tmp_path) == []


def test_what_showed_something_in_the_editor_is_not_kept(tmp_path: Path) -> None:
    cache = a_cache(tmp_path)

    keep(cache, KEYS[0], Entry((picture(),), ui={"images": []}, seconds=9))

    assert KEYS[0] not in cache


def test_what_is_read_no_quicker_than_it_was_made_is_not_kept(tmp_path: Path) -> None:
    cache = a_cache(tmp_path, limit_bytes=10_000 * MB)

    keep(cache, KEYS[0], Entry((picture(40),), seconds=0.3))
    keep(cache, KEYS[1], Entry((picture(40),), seconds=0.5))

    assert [key in cache for key in KEYS[:2]] == [False, True]


def test_the_results_used_longest_ago_go_first(tmp_path: Path) -> None:
    cache = a_cache(tmp_path, limit_bytes=4 * MB)
    for number, key in enumerate(KEYS[:3]):
        keep(cache, key, Entry((picture(0.9),), seconds=9))
        os.utime(next(tmp_path.rglob(f"{key.hex()}*")), (number, number))
    assert cache.get(KEYS[0]) is not None

    for key in KEYS[3:5]:
        keep(cache, key, Entry((picture(0.9),), seconds=9))

    assert [key in cache for key in KEYS[:5]] == [True, False, True, True, True]
    assert sum(path.stat().st_size for path in files(tmp_path)) <= 4 * MB


def test_one_result_takes_a_quarter_of_the_room_at_most(tmp_path: Path) -> None:
    cache = a_cache(tmp_path, limit_bytes=4 * MB)

    keep(cache, KEYS[0], Entry((picture(1.1),), seconds=9))

    assert KEYS[0] not in cache


def test_results_of_other_programs_are_not_given_out_and_make_room(tmp_path: Path) -> None:
    keep(a_cache(tmp_path, "old"), KEYS[0], Entry((picture(0.9),), seconds=9))
    cache = a_cache(tmp_path, "new", limit_bytes=4 * MB)
    assert cache.get(KEYS[0]) is None

    for key in KEYS[:4]:
        keep(cache, key, Entry((picture(0.95),), seconds=9))

    assert [path.parent.name for path in files(tmp_path)] == ["new"] * 4
    assert not (tmp_path / "old").exists()


def test_what_a_killed_process_left_half_written_makes_room_too(tmp_path: Path) -> None:
    draft = tmp_path / "now" / ".half.part"
    draft.parent.mkdir()
    draft.write_bytes(bytes(3 * MB))
    os.utime(draft, (1, 1))

    cache = a_cache(tmp_path, limit_bytes=4 * MB)
    for key in KEYS[:2]:
        keep(cache, key, Entry((picture(0.9),), seconds=9))

    assert (draft.exists(), [key in cache for key in KEYS[:2]]) == (False, [True, True])


@pytest.mark.parametrize("damage", [b"", b"no safetensors at all", None], ids=["empty", "foreign", "cut short"])
def test_a_file_that_cannot_be_read_counts_as_not_there(tmp_path: Path, damage: bytes | None) -> None:
    keep(a_cache(tmp_path), KEYS[0], Entry((picture(),), seconds=9))
    path = files(tmp_path)[0]
    path.write_bytes(path.read_bytes()[:-10] if damage is None else damage)
    cache = a_cache(tmp_path)
    assert KEYS[0] in cache

    assert cache.get(KEYS[0]) is None

    assert KEYS[0] not in cache
    assert files(tmp_path) == []


def test_a_file_that_somebody_deleted_counts_as_not_there(tmp_path: Path) -> None:
    cache = a_cache(tmp_path)
    keep(cache, KEYS[0], Entry((picture(),), seconds=9))
    files(tmp_path)[0].unlink()

    assert cache.get(KEYS[0]) is None
    assert KEYS[0] not in cache


def test_a_disk_that_cannot_be_written_to_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = a_cache(tmp_path / "file")

    keep(cache, KEYS[0], Entry((picture(),), seconds=9))

    assert KEYS[0] not in cache


def test_what_is_found_on_disk_is_kept_in_memory_and_clearing_forgets_both(tmp_path: Path) -> None:
    keep(a_cache(tmp_path), KEYS[0], Entry((picture(),), seconds=9))
    tiers = TieredCache(MemoryCache(MB, lambda value: value.nbytes), a_cache(tmp_path))

    found = tiers.get(KEYS[0])
    assert found is not None
    assert tiers.memory.get(KEYS[0]) is found

    tiers.clear()
    assert (KEYS[0] in tiers, files(tmp_path)) == (False, [])


def test_another_program_or_precision_is_another_epoch(tmp_path: Path) -> None:
    pack = tmp_path / "packs" / "one.py"
    pack.parent.mkdir()
    pack.write_text("x = 1")
    memory = open_memory("cpu")
    before = find_epoch(memory, [pack.parent])
    assert find_epoch(memory, [pack.parent]) == before

    exact = find_epoch(open_memory("cpu", force_fp32=True), [pack.parent])
    pack.write_text("x = 12")

    assert find_epoch(memory, [pack.parent]) != before
    assert (exact != before) == (memory.precision != open_memory("cpu", force_fp32=True).precision)
