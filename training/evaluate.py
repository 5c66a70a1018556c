"""`python -m training.evaluate`: what a starter checkpoint can do, in numbers, and grids to look at."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import warnings
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from diffusion.errors import DiffusionError
from diffusion.memory import open_memory
from training.errors import TrainingError
from training.evaluation.figures import Figures, measure_figures, measure_variety
from training.evaluation.judge import Judge, train_judge
from training.evaluation.outlines import Outlines, measure_outlines
from training.evaluation.prompts import Prompt, read_prompts
from training.evaluation.speed import measure_speed
from training.networks import open_networks
from training.painting import draw_grid, paint_prompts
from training.starter.artwork import load_sprites
from training.starter.compose import Composer
from training.starter.concepts import all_concepts
from training.starter.recipe import FULL, STARTER
from training.starter.scene import STYLES

log = logging.getLogger(__name__)

_GRID = 64
_OUTLINES = 32


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure a checkpoint; 0 when it went well, else 1 after a sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument(
        "checkpoint", type=Path, nargs="?", default=STARTER / "checkpoints" / "easel-starter.safetensors"
    )
    parser.add_argument(
        "--controlnet", type=Path, default=STARTER / "controlnet" / "easel-starter-edges.safetensors",
        help="the ControlNet for edges that goes with it (default: the shipped one)",
    )  # fmt: skip
    parser.add_argument("--work", type=Path, required=True, help="folder with sprites.npz; the judge is trained there")
    parser.add_argument("--every", type=int, default=1, help="only every n-th prompt, for a quick look")
    parser.add_argument("--judge-samples", type=int, default=FULL.judge_samples)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--cfg", type=float, default=3.0)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("diffusers").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="diffusers")
    try:
        composer = _composer(options.work)
        judge, accuracy = train_judge(all_concepts(), composer, STYLES, options.work / "judge", options.judge_samples)
        out: Path = options.work / "evaluation" / options.checkpoint.stem
        count = max(1, _OUTLINES // options.every)
        outlines = measure_outlines(options.checkpoint, options.controlnet, composer, options.steps, options.cfg, count)
        figures = evaluate(
            options.checkpoint, judge, accuracy, composer, out, options.every, options.steps, options.cfg, outlines
        )
    except (TrainingError, DiffusionError) as error:
        log.error("%s", error)
        return 1
    sys.stdout.write(figures.as_table())
    return 0


def evaluate(
    checkpoint: Path,
    judge: Judge,
    accuracy: float,
    composer: Composer,
    out: Path,
    every: int,
    steps: int,
    cfg: float,
    outlines: Outlines,
) -> Figures:
    """Every figure of a checkpoint; its pictures, grids and ``figures.json`` are left in ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    networks = open_networks(checkpoint)
    prompts = read_prompts()[::every]
    memory = open_memory(torch.device("cpu"))

    def paint(asked: Sequence[Prompt], seed: int) -> NDArray[np.uint8]:
        with tqdm(total=len(asked), desc=f"paint, seeds from {seed}", unit="picture", mininterval=10) as bar:

            def on_picture(_done: int, _total: int) -> None:
                bar.update()

            return paint_prompts(
                networks,
                [prompt.text for prompt in asked],
                memory,
                side=composer.side,
                seeds=range(seed, seed + len(asked)),
                steps=steps,
                cfg=cfg,
                on_picture=on_picture,
            )

    pictures = paint(prompts, 0)
    again = prompts[: max(1, 16 // every)]
    other = paint(again, 100_000)
    speed = measure_speed(checkpoint, composer.side, steps, cfg)
    variety = measure_variety(pictures[: len(again)], other, judge, composer, [p.concepts[0] for p in again])
    figures = replace(
        measure_figures(prompts, pictures, judge),
        judge_accuracy=accuracy,
        seconds_a_picture=speed.painting_s,
        loading_s=speed.loading_s,
        variety=variety,
        outlines=outlines,
    )
    shown = list(range(0, len(prompts), max(1, len(prompts) // _GRID)))[:_GRID]
    draw_grid(pictures[shown], [prompts[row].text for row in shown]).save(out / "grid.png")
    (out / "figures.json").write_text(json.dumps(asdict(figures), indent=1) + "\n", encoding="utf-8")
    np.savez_compressed(out / "pictures.npz", pictures=pictures)
    return figures


def _composer(work: Path) -> Composer:
    path = work / "sprites.npz"
    if not path.exists():
        raise TrainingError(f"{path} is missing. Run 'python -m training.starter render --work {work}' first.")
    return Composer(load_sprites(path))


if __name__ == "__main__":
    raise SystemExit(main())
