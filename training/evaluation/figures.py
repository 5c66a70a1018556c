"""The figures of a model: shares of prompts whose pictures are right, and how much seeds differ."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import torch
from numpy.typing import NDArray

from training.evaluation.checks import background_colour, halves, is_coloured, side_of_thing
from training.evaluation.judge import Judge, classify, frame_things
from training.evaluation.outlines import Outlines
from training.evaluation.prompts import Prompt
from training.starter.compose import Composer
from training.starter.concepts import all_concepts, find_concept
from training.starter.scene import STYLES, Scene, Thing

_Pictures = NDArray[np.uint8]


@dataclass(frozen=True)
class Variety:
    """Mean differences between two seeds of a prompt, and between the art's own variants of the same concepts.

    pixels: root mean square, in 0..1. embedding: 1 - cosine of the judge's embeddings.
    """

    seed_pixels: float = float("nan")
    seed_embedding: float = float("nan")
    art_pixels: float = float("nan")
    art_embedding: float = float("nan")


@dataclass(frozen=True)
class Figures:
    """Shares in 0..1 of the prompts that ask for the thing, NaN where none does.

    top1, top5: the judge names the one concept. both: the judge names each half of a pair. held_out: concept and
    colour of a pair that training never showed.
    """

    prompts: int
    top1: float
    top5: float
    background: float
    colour: float
    position: float
    both: float
    held_out: float
    judge_accuracy: float = float("nan")
    variety: Variety = field(default_factory=Variety)
    seconds_a_picture: float = float("nan")
    loading_s: float = float("nan")
    outlines: Outlines = field(default=Outlines(float("nan"), float("nan")))

    def as_table(self) -> str:
        """Markdown, as the model card has it."""
        rows = [
            ("concept named by the judge, first guess", f"{self.top1:.0%}", "70%"),
            ("concept among its first five", f"{self.top5:.0%}", "90%"),
            ("background colour", f"{self.background:.0%}", "95%"),
            ("colour of the thing", f"{self.colour:.0%}", "80%"),
            ("left or right", f"{self.position:.0%}", "80%"),
            ("both things of a pair", f"{self.both:.0%}", "50%"),
            ("concept and colour never seen together", f"{self.held_out:.0%}", "50%"),
            ("the judge's own accuracy on fresh renderings", f"{self.judge_accuracy:.1%}", ""),
            (
                "two seeds: pixels / embedding",
                f"{self.variety.seed_pixels:.3f} / {self.variety.seed_embedding:.3f}",
                "",
            ),
            (
                "two drawings of the art: pixels / embedding",
                f"{self.variety.art_pixels:.3f} / {self.variety.art_embedding:.3f}",
                "",
            ),
            (
                "thing over the drawing whose edges it was painted from, without / with the ControlNet",
                f"{self.outlines.without:.2f} / {self.outlines.guided:.2f}",
                "",
            ),
            ("seconds a picture, decoded", f"{self.seconds_a_picture:.2f}", "5"),
            ("seconds to load", f"{self.loading_s:.2f}", "1"),
        ]
        lines = [f"| {name} | {value} | {goal} |" for name, value, goal in rows]
        return "\n".join([f"| of {self.prompts} prompts | measured | goal |", "|---|---|---|", *lines, ""])


def measure_figures(prompts: Sequence[Prompt], pictures: _Pictures, judge: Judge) -> Figures:
    """The shares for pictures ``(prompts, side, side, 3)``."""
    index = {concept.word: number for number, concept in enumerate(all_concepts())}
    single = [row for row, prompt in enumerate(prompts) if len(prompt.concepts) == 1]
    truths = [index[prompts[row].concepts[0]] for row in single]
    verdicts = classify(judge, pictures[single])
    first = dict(zip(single, verdicts.top(1, truths), strict=True))
    return Figures(
        prompts=len(prompts),
        top1=_share(list(first.values())),
        top5=_share(verdicts.top(5, truths)),
        background=_share(
            [background_colour(pictures[n]) == p.background for n, p in enumerate(prompts) if p.background]
        ),
        colour=_share(
            [is_coloured(pictures[n], p.colour) for n, p in enumerate(prompts) if p.colour and not p.held_out]
        ),
        position=_share([side_of_thing(pictures[n]) == p.position for n, p in enumerate(prompts) if p.position]),
        both=_share([_names_both(p, pictures[n], judge, index) for n, p in enumerate(prompts) if len(p.concepts) == 2]),
        held_out=_share(
            [first[n] and is_coloured(pictures[n], p.colour or "") for n, p in enumerate(prompts) if p.held_out]
        ),
    )


def measure_variety(
    pictures: _Pictures, other: _Pictures, judge: Judge, composer: Composer, concepts: Sequence[str]
) -> Variety:
    """How much two seeds of a prompt differ, and how much the art's styles and drawings of the concept do."""
    seeds = [_difference(a[None], b[None], judge) for a, b in zip(pictures, other, strict=True)]
    rng = random.Random(0)
    art = []
    for word in concepts:
        concept = find_concept(word)
        scenes = [Scene((Thing(concept, drawing),), style, "white") for drawing in concept.drawings for style in STYLES]
        painted = [composer.paint(scene, rng)[None] for scene in scenes]
        art += [_difference(a, b, judge) for a, b in combinations(painted, 2)]
    (seed_pixels, seed_embedding), (art_pixels, art_embedding) = (np.mean(rows, axis=0) for rows in (seeds, art))
    return Variety(float(seed_pixels), float(seed_embedding), float(art_pixels), float(art_embedding))


def _difference(a: _Pictures, b: _Pictures, judge: Judge) -> tuple[float, float]:
    pixels = float(np.sqrt(((a / 255.0 - b / 255.0) ** 2).mean()))
    with torch.no_grad():
        cosine = torch.nn.functional.cosine_similarity(judge.embed(frame_things(a)), judge.embed(frame_things(b)))
    return pixels, 1 - float(cosine)


def _names_both(prompt: Prompt, picture: _Pictures, judge: Judge, index: dict[str, int]) -> bool:
    left, right = halves(picture)
    truths = [index[word] for word in prompt.concepts]
    return all(classify(judge, np.stack([left, right])).top(1, truths))


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right) if right else float("nan")
