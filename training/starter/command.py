"""The command line of the starter model's recipe."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from diffusion.errors import DiffusionError
from training.errors import TrainingError
from training.starter.recipe import FULL, QUICK, REPOSITORY
from training.starter.stages import STAGES, WATCHING, Bench

_DESCRIPTION = """Builds the starter model. Each stage goes on where it stopped; 'all' runs them in order.
Stages: {stages}."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a stage; 0 when it went well, else 1 after a sentence on stderr."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    # Diffusers remarks on number formats at every conversion.
    logging.getLogger("diffusers").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="diffusers")
    # A stopped run saves its state on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        bench = make_bench(options)
        stages: list[Callable[[Bench], None]] = (
            list(STAGES.values()) if options.stage == "all" else [{**STAGES, **WATCHING}[options.stage]]
        )
        for stage in stages:
            stage(bench)
    except (TrainingError, DiffusionError) as error:
        logging.error("%s", error)
        return 1
    except KeyboardInterrupt:
        logging.info("Stopped; the same command goes on from here.")
        return 130
    return 0


def make_bench(options: argparse.Namespace) -> Bench:
    """Where to work and with which numbers, from the options."""
    recipe = QUICK if options.quick else FULL
    if options.samples is not None:
        recipe = replace(
            recipe,
            **{f"{stage}_samples": options.samples for stage in ("vae", "unet", "control", "lora", "preview", "clip")},
        )
    if options.begin_from is not None:
        recipe = replace(recipe, begin_from=options.begin_from)
    if options.scratch:
        recipe = replace(recipe, begin_from=None, control_from=None)
    torch.manual_seed(0)
    work: Path = options.work or REPOSITORY / "training" / "runs" / ("quick" if options.quick else "full")
    return Bench(work, recipe, torch.float32 if options.quick else torch.bfloat16, cool_down=options.cool_down)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.starter",
        description=_DESCRIPTION.format(
            stages=", ".join(f"{name} ({_first(stage)})" for name, stage in {**STAGES, **WATCHING}.items())
        ),
    )
    parser.add_argument("stage", choices=[*STAGES, *WATCHING, "all"])
    parser.add_argument("--work", type=Path, help="folder of packages, latents and runs (default: training/runs/full)")
    parser.add_argument("--quick", action="store_true", help="a handful of everything: minutes, and no good pictures")
    parser.add_argument("--samples", type=int, help="samples that the stage trains on, those before counted in")
    parser.add_argument("--begin-from", type=Path, help="a checkpoint to go on from (default: the weights so far)")
    parser.add_argument("--scratch", action="store_true", help="begin from nothing, not from the exported weights")
    parser.add_argument(
        "--cool-down",
        type=int,
        default=0,
        metavar="SAMPLES",
        help="unet: end with so many samples of falling learning rate, in a run of their own beside the main one",
    )
    return parser


def _first(stage: Callable[[Bench], None]) -> str:
    return (stage.__doc__ or "").splitlines()[0].rstrip(".").lower()
