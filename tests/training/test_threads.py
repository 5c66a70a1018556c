from __future__ import annotations

import time

import pytest
import torch

from training import threads
from training.threads import Threads


@pytest.mark.parametrize(("busy_cores", "expected"), [(0.0, 4), (1.0, 3), (2.6, 1), (9.0, 1)])
def test_training_takes_the_cores_that_are_free(
    monkeypatch: pytest.MonkeyPatch, busy_cores: float, expected: int
) -> None:
    before = torch.get_num_threads()
    monkeypatch.setattr(threads, "_busy_seconds", lambda: 0.0)
    follow = Threads(most=4)
    monkeypatch.setattr(threads, "CHECK_EVERY_S", 0.0)
    monkeypatch.setattr(
        threads, "_busy_seconds", lambda: busy_cores * (time.monotonic() - follow._checked_at) + _own_since(follow)
    )
    time.sleep(0.2)
    follow.adapt()
    found = torch.get_num_threads()
    follow.restore()
    assert found == expected
    assert torch.get_num_threads() == before


def _own_since(follow: Threads) -> float:
    return time.process_time() - follow._own_s


def test_where_the_system_does_not_tell_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_busy_seconds", lambda: None)
    monkeypatch.setattr(threads, "CHECK_EVERY_S", 0.0)
    before = torch.get_num_threads()
    Threads(most=7).adapt()
    assert torch.get_num_threads() == before
