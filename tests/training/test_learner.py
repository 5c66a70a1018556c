from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from training.curve import draw_curve
from training.learner import Learner, Pace
from training.loop import train
from training.record import Record


def linear() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(3, 2)


def endless_losses(network: nn.Module, seed: int):  # type: ignore[no-untyped-def]  # a generator of (loss, samples)
    data = torch.randn(64, 3, generator=torch.Generator().manual_seed(seed))
    while True:
        yield (network(data) - data[:, :2]).square().mean(), 8


def test_the_learning_rate_rises_stays_and_falls_to_zero() -> None:
    pace = Pace(total=1000, lr=2.0, warm_up=100, cool_down=0.25)
    assert [pace.lr_at(samples) for samples in (49, 500, 750, 875, 1000)] == [1.0, 2.0, 2.0, 1.0, 0.0]


def test_a_run_without_cool_down_keeps_its_rate() -> None:
    assert Pace(total=1000, lr=2.0, warm_up=0, cool_down=0).lr_at(999) == 2.0


def test_bfloat16_copies_are_the_masters_rounded() -> None:
    network = linear()
    learner = Learner({"net": network}, Pace(total=100, warm_up=0), torch.bfloat16)
    learner.step(network(torch.ones(4, 3, dtype=torch.bfloat16)).float().square().mean(), 4)
    assert torch.equal(network.weight, learner.masters["net.weight"].bfloat16())
    assert learner.masters["net.weight"].dtype == torch.float32


def test_a_loss_that_is_no_number_changes_nothing() -> None:
    network = linear()
    before = network.weight.detach().clone()
    learner = Learner({"net": network}, Pace(total=100, warm_up=0))
    learner.step((network(torch.ones(1, 3)) * float("nan")).sum(), 4)
    assert torch.equal(network.weight, before)


def test_the_average_follows_the_masters() -> None:
    network = linear()
    learner = Learner({"net": network}, Pace(total=100, warm_up=0, average=0.5))
    start = learner.masters["net.bias"].clone()
    learner.step(network(torch.ones(4, 3)).square().mean(), 4)
    # The first step's factor is (1 + 1) / (10 + 1).
    expected = start + (learner.masters["net.bias"] - start) * (1 - 2 / 11)
    assert torch.allclose(learner.averaged("net")["bias"], expected)


def test_a_run_that_was_stopped_goes_on_as_if_it_never_had_been(tmp_path: Path) -> None:
    whole, halted = linear(), linear()
    train(Learner({"net": whole}, Pace(total=80, warm_up=0)), endless_losses(whole, 1), tmp_path / "whole", "whole")

    def stop(samples: int, total: int, loss: float) -> None:
        if samples == 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(Learner({"net": halted}, Pace(total=80, warm_up=0)), endless_losses(halted, 1), tmp_path / "h", "h", stop)
    resumed = linear()
    train(Learner({"net": resumed}, Pace(total=80, warm_up=0)), endless_losses(resumed, 1), tmp_path / "h", "h")
    assert torch.equal(resumed.weight, whole.weight)


def test_training_brings_the_loss_down_and_leaves_a_curve(tmp_path: Path) -> None:
    network = linear()
    learner = Learner({"net": network}, Pace(total=1600, lr=0.05, warm_up=0))
    train(learner, endless_losses(network, 2), tmp_path, "fit")
    record = Record(tmp_path)
    record.resume(learner)
    losses = [loss for _, loss in record.losses]
    assert losses[-1] < 0.05 * losses[0]
    assert (tmp_path / "loss.png").stat().st_size > 0


def test_a_curve_falls_where_the_loss_does() -> None:
    picture = draw_curve([(samples, 2.0 - samples / 1000) for samples in range(1, 1001)])
    ink = [
        (x, y) for x in range(picture.width) for y in range(picture.height) if picture.getpixel((x, y)) == (30, 60, 160)
    ]
    first, last = min(ink), max(ink)
    assert first[1] < last[1]


def test_no_losses_is_a_curve_too() -> None:
    assert draw_curve([]).size == (640, 360)
