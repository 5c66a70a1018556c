"""One sampling step of Stable Diffusion 1.5 on this device: the precision Easel chooses against float32."""

from __future__ import annotations

from collections.abc import Iterator
from math import log10
from pathlib import Path
from time import perf_counter

import torch
from torch import Tensor

from benchmarks.figure import Figure, Plan, in_turn
from benchmarks.sd15 import NAME, sd15_base
from diffusion.checkpoint.load import Checkpoint, load_checkpoint
from diffusion.memory import Memory, open_memory
from diffusion.memory.precision import has_fast_bfloat16
from diffusion.sampling.ksampler import sample
from diffusion.text.encode import encode
from diffusion.vae.autoencoder import decode
from diffusion.values import Latent
from tests.api.running import REPOSITORY

STARTER = REPOSITORY / "models" / "starter" / "checkpoints" / "easel-starter.safetensors"


def measure(plan: Plan) -> Iterator[Figure]:
    chosen, exact = open_memory("cpu"), open_memory("cpu", force_fp32=True)
    words = f"{str(chosen.precision.network).removeprefix('torch.')}"
    with sd15_base(plan.checkpoint) as base, torch.inference_mode():
        file = base / "models" / "checkpoints" / NAME
        ours, theirs = Painter(file, chosen, 32), Painter(file, exact, 32)
        for painter in (ours, theirs):
            painter.paint(1)  # weights are converted, kernels are made
        fast, slow = in_turn([lambda: ours.paint(plan.steps)[1], lambda: theirs.paint(plan.steps)[1]], plan.repeats)
    yield Figure(f"SD1.5 step, 256 px, guided, {words}", fast / plan.steps, "s", 0.62)
    yield Figure("SD1.5 step, 256 px, guided, float32", slow / plan.steps, "s")
    yield Figure(
        f"float32 against {words}", slow / fast, "times", 3 if has_fast_bfloat16() else None, more_is_better=True
    )
    with torch.inference_mode():
        pictures = [Painter(STARTER, memory, 16).picture(20) for memory in (chosen, exact)]
    yield Figure(f"picture of the starter model, 20 steps: {words} against float32", _psnr(*pictures), "dB", 30, True)


class Painter:
    """A checkpoint and what it paints, in one precision. size: of the latent."""

    def __init__(self, file: Path, memory: Memory, size: int) -> None:
        self.memory = memory
        self.size = size
        self.checkpoint: Checkpoint = load_checkpoint(file, memory)
        clip = self.checkpoint.clip
        assert clip is not None
        self.positive = encode(clip, "a red apple", memory)
        self.negative = encode(clip, "", memory)

    def paint(self, steps: int) -> tuple[Latent, float]:
        """The latent, and the seconds it took."""
        began = perf_counter()
        latent = sample(
            self.checkpoint.model,
            seed=1,
            steps=steps,
            cfg=7.0,
            sampler_name="euler",
            scheduler="normal",
            positive=self.positive,
            negative=self.negative,
            latent=Latent(torch.zeros(1, 4, self.size, self.size)),
            denoise=1.0,
            memory=self.memory,
        )
        return latent, perf_counter() - began

    def picture(self, steps: int) -> Tensor:
        """The picture, float32 in 0..1."""
        vae = self.checkpoint.vae
        assert vae is not None
        return decode(vae, self.paint(steps)[0].samples, self.memory)


def _psnr(a: Tensor, b: Tensor) -> float:
    """Peak signal to noise ratio of two pictures in 0..1, in decibels; above about 30 they look the same."""
    error = (a - b).square().mean().item()
    return 99.0 if error == 0 else -10 * log10(error)
