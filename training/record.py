"""What a training run leaves in its folder: a resumable state, its losses, and a picture of their curve."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from training.curve import draw_curve
from training.learner import Learner

SAVE_EVERY_S = 90.0


@dataclass
class Record:
    """A run's folder. losses: (samples, loss) so far. saved_at: when a file last had all of them."""

    folder: Path
    losses: list[tuple[int, float]] = field(default_factory=list)
    saved_at: float = field(default_factory=time.monotonic)

    @property
    def state_file(self) -> Path:
        return self.folder / "state.pt"

    def resume(self, learner: Learner) -> bool:
        """Put the learner where the last run stopped; False when there was none."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.state_file.exists():
            return False
        state = torch.load(self.state_file, map_location="cpu", weights_only=True)
        learner.restore(state["learner"])
        self.losses = [(int(samples), float(loss)) for samples, loss in state["losses"]]
        return True

    def note(self, learner: Learner, loss: float) -> None:
        """Remember a loss; save everything when the last time is SAVE_EVERY_S ago."""
        self.losses.append((learner.samples, loss))
        if time.monotonic() - self.saved_at > SAVE_EVERY_S:
            self.save(learner)

    def recent(self) -> float:
        """The mean of the last hundred losses."""
        last = [loss for _, loss in self.losses[-100:]]
        return sum(last) / len(last)

    def save(self, learner: Learner) -> None:
        """Write the state, whole or not at all, and the curve."""
        state: dict[str, Any] = {"learner": learner.state(), "losses": self.losses}
        unfinished = self.state_file.with_suffix(".part")
        torch.save(state, unfinished)
        os.replace(unfinished, self.state_file)
        draw_curve(self.losses).save(self.folder / "loss.png")
        self.saved_at = time.monotonic()


def read_losses(folder: Path) -> list[tuple[int, float]]:
    """(samples, loss) of the folder's run so far; none where no run has left anything."""
    state_file = Record(folder).state_file
    if not state_file.exists():
        return []
    state = torch.load(state_file, map_location="cpu", weights_only=True)
    return [(int(samples), float(loss)) for samples, loss in state["losses"]]
