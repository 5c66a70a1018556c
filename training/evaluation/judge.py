"""A classifier of concepts, trained on renderings only, never with the generator: it names what a picture shows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from training.evaluation.checks import background, thing_mask
from training.learner import Learner, Pace
from training.loop import OnStep, train
from training.starter.compose import Composer
from training.starter.concepts import Concept
from training.starter.scene import PLACES, Scene, sample_scene

SIDE = 64
_BATCH = 64


class Judge(nn.Module):
    """Pictures ``(n, 3, 64, 64)`` in 0..1 to scores ``(n, concepts)``; ``embed`` answers what they are made from."""

    def __init__(self, concepts: int, width: int = 48) -> None:
        super().__init__()
        widths = (width, 2 * width, 4 * width, 4 * width)
        stages: list[nn.Module] = []
        for before, after in zip((3, *widths), widths, strict=False):
            stages += [nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
            stages += [nn.Conv2d(after, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(2 * widths[-1], concepts)

    def embed(self, pictures: Tensor) -> Tensor:
        """``(n, features)`` before the last layer: what was found anywhere, and how much of it."""
        features: Tensor = self.stages(pictures * 2 - 1)
        return torch.cat([features.amax(dim=(2, 3)), features.mean(dim=(2, 3))], dim=1)

    def forward(self, pictures: Tensor) -> Tensor:
        scores: Tensor = self.head(self.embed(pictures))
        return scores


@dataclass(frozen=True)
class Verdicts:
    """For each picture the concepts' indices, the likeliest first."""

    ranked: Tensor

    def top(self, number: int, truths: list[int]) -> list[bool]:
        """Whether each truth is among the first ``number``."""
        return [truth in row[:number].tolist() for truth, row in zip(truths, self.ranked, strict=True)]


def train_judge(
    concepts: tuple[Concept, ...],
    composer: Composer,
    styles: tuple[str, ...],
    folder: Path,
    samples: int,
    held_out: int = 1000,
    width: int = 48,
    on_step: OnStep | None = None,
) -> tuple[Judge, float]:
    """(the judge, its accuracy on ``held_out`` renderings of other tints, backgrounds, frames and blurs)."""
    torch.manual_seed(0)
    composer = replace(composer, side=SIDE)
    judge = Judge(len(concepts), width)
    learner = Learner({"judge": judge}, Pace(total=samples, lr=2e-3, warm_up=min(2000, samples // 10), cool_down=0.5))
    train(learner, _losses(judge, concepts, composer, styles), folder, "judge", on_step)
    judge.load_state_dict(learner.averaged("judge"), strict=False)
    _refresh_norms(judge, concepts, composer, styles, batches=min(12, samples // _BATCH))
    return judge.eval(), measure_judge(judge, concepts, composer, styles, held_out)


def measure_judge(
    judge: Judge, concepts: tuple[Concept, ...], composer: Composer, styles: tuple[str, ...], number: int
) -> float:
    """The share of fresh renderings that it names right."""
    pictures, truths = draw_renderings(random.Random("held out"), concepts, composer, styles, number)
    with torch.no_grad():
        return float(
            (torch.cat([judge(part) for part in torch.split(pictures, 100)]).argmax(1) == truths).float().mean()
        )


def classify(judge: Judge, pictures: NDArray[np.uint8]) -> Verdicts:
    """What pictures ``(n, side, side, 3)`` show."""
    with torch.no_grad():
        return Verdicts(judge(frame_things(pictures)).argsort(dim=1, descending=True))


def frame_things(pictures: NDArray[np.uint8], loose: float = 0.0) -> Tensor:
    """``(n, 3, 64, 64)`` in 0..1: each picture ``(side, side, 3)`` cut to a square around what differs from its rim.

    loose: share of the square by which it may be off at random. The judge need not learn places and sizes.
    """
    framed = []
    for picture in pictures:
        top, left, extent = _square_around(thing_mask(picture))
        jitter = [round(float(value) * loose * extent) for value in torch.rand(3) * 2 - 1] if loose else [0, 0, 0]
        top, left, extent = top + jitter[0], left + jitter[1], max(8, extent + jitter[2])
        image = Image.fromarray(picture).transform(
            (SIDE, SIDE),
            Image.Transform.EXTENT,
            (left, top, left + extent, top + extent),
            Image.Resampling.BILINEAR,
            fillcolor=tuple(round(float(value)) for value in background(picture)),
        )
        framed.append(np.asarray(image))
    return torch.from_numpy(np.stack(framed)).movedim(-1, 1).float() / 255


def _square_around(mask: NDArray[np.bool_]) -> tuple[int, int, int]:
    """(top, left, extent) of the square around the mask, stray pixels aside; everything where there is nothing."""
    rows, columns = (np.nonzero(mask.sum(axis=axis) > 1)[0] for axis in (1, 0))
    if not (len(rows) and len(columns)):
        return 0, 0, len(mask)
    height, width = int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
    extent = max(height, width)
    return int(rows[0]) - (extent - height) // 2, int(columns[0]) - (extent - width) // 2, extent


def draw_renderings(
    rng: random.Random, concepts: tuple[Concept, ...], composer: Composer, styles: tuple[str, ...], number: int
) -> tuple[Tensor, Tensor]:
    """(pictures ``(number, 3, 64, 64)``, concept indices): one thing each, framed loosely, blurred and noised."""
    truths = [rng.randrange(len(concepts)) for _ in range(number)]
    painted = np.stack([composer.paint(_single(rng, concepts[truth], styles), rng) for truth in truths])
    return _worsen(frame_things(painted, loose=0.08), rng), torch.tensor(truths)


def _single(rng: random.Random, concept: Concept, styles: tuple[str, ...]) -> Scene:
    scene = sample_scene(rng, styles, concept)
    background = "white" if scene.background in PLACES else scene.background
    return replace(scene, things=scene.things[:1], background=background, count=1, position=None, size=None)


def _worsen(pictures: Tensor, rng: random.Random) -> Tensor:
    """A generated picture is blurrier and noisier than a rendering."""
    sides = (SIDE, SIDE, 48, 32, 24)
    parts = []
    for part in torch.split(pictures, 16):
        small = functional.interpolate(part, size=rng.choice(sides), mode="area")
        part = functional.interpolate(small, size=(SIDE, SIDE), mode="bilinear")
        part = part + torch.randn(part.shape) * rng.uniform(0, 0.06)
        parts.append(part * rng.uniform(0.9, 1.1) + rng.uniform(-0.05, 0.05))
    return torch.cat(parts).clamp(0, 1)


def _refresh_norms(
    judge: Judge, concepts: tuple[Concept, ...], composer: Composer, styles: tuple[str, ...], batches: int
) -> None:
    """The norms' running statistics, measured anew: averaged weights never saw those of training."""
    pictures, _ = draw_renderings(random.Random("norms"), concepts, composer, styles, batches * _BATCH)
    for module in judge.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None
    judge.train()
    with torch.no_grad():
        for part in torch.split(pictures, _BATCH):
            judge(part)


def _losses(
    judge: Judge, concepts: tuple[Concept, ...], composer: Composer, styles: tuple[str, ...]
) -> Iterator[tuple[Tensor, int]]:
    rng = random.Random("judge")
    while True:
        pictures, truths = draw_renderings(rng, concepts, composer, styles, 16 * _BATCH)
        order = torch.randperm(len(pictures))
        for picked in torch.split(order, _BATCH):
            with torch.autocast("cpu", torch.bfloat16):
                scores = judge(pictures[picked]).float()
            yield functional.cross_entropy(scores, truths[picked], label_smoothing=0.05), len(picked)
