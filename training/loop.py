"""The loop that every training runs through: steps, losses, saving, progress, and how to stop it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from torch import Tensor
from tqdm import tqdm

from training.learner import Learner
from training.record import Record
from training.threads import Threads

log = logging.getLogger(__name__)

# Called after every step with (samples, total, loss); may raise to stop: the state is saved first.
OnStep = Callable[[int, int, float], None]


def train(
    learner: Learner,
    losses: Iterator[tuple[Tensor, int]],
    folder: Path,
    name: str,
    on_step: OnStep | None = None,
) -> None:
    """Step down the losses, each with its number of samples, until the pace's total.

    It goes on where the folder's last run stopped. Whatever ends it, the state is saved. Who hears of every step draws
    progress in a way of their own; else there is a bar.
    """
    record = Record(folder)
    if record.resume(learner):
        log.info("%s: going on from %d samples", name, learner.samples)
    threads = Threads()
    total = learner.pace.total
    bar = tqdm(
        total=total,
        initial=learner.samples,
        desc=name,
        unit="sample",
        mininterval=10,
        smoothing=0.05,
        disable=on_step is not None,
    )
    try:
        while learner.samples < total:
            loss, samples = next(losses)
            learner.step(loss, samples)
            threads.adapt()
            record.note(learner, float(loss.detach()))
            bar.update(samples)
            bar.set_postfix(loss=f"{record.recent():.4f}", refresh=False)
            if on_step is not None:
                on_step(learner.samples, total, float(loss.detach()))
    finally:
        bar.close()
        threads.restore()
        record.save(learner)
