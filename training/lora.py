"""Trains a LoRA or one of its kin: changes beside the layers of a U-Net, which stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.changes import ALGORITHMS, Algorithm, LayerChange
from training.denoising import min_snr_weights, noised, spread_timesteps
from training.learner import Learner, Pace
from training.loop import OnStep, train
from training.networks import Denoiser, Networks, attend_plainly

if TYPE_CHECKING:
    from diffusers import UNet2DConditionModel


LossName = Literal["mse", "l1", "huber", "smooth_l1"]
_LOSSES: Mapping[LossName, Callable[..., Tensor]] = {
    "mse": F.mse_loss,
    "l1": F.l1_loss,
    "huber": F.huber_loss,
    "smooth_l1": F.smooth_l1_loss,
}


@dataclass(frozen=True)
class LoraAsk:
    """rank: inner width of each change. alpha: a change counts alpha / rank. convolutions: also those of the blocks.

    algorithm: what kind of change; an OFT's rank is the size of the groups of rows that it turns.
    checkpointing: keep fewer activations for the way back and compute them twice; slower, in less memory.
    accumulate: batches whose gradients make one step. buckets: a batch holds pictures of one size only.
    """

    rank: int = 4
    alpha: float = 4.0
    convolutions: bool = False
    batch: int = 16
    seed: int = 0
    checkpointing: bool = False
    loss: LossName = "mse"
    accumulate: int = 1
    buckets: bool = False
    algorithm: Algorithm = "lora"


Sample = tuple[Tensor, Tensor]
"""A latent ``(channels, h, w)``, scaled, and its tokens ``(tokens, width)``."""


def make_changes(unet: nn.Module, ask: LoraAsk) -> dict[str, LayerChange]:
    """A change for every layer that the LoRA covers, by the layer's path in the U-Net."""
    make = ALGORITHMS[ask.algorithm]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(ask.seed)
        return {
            path: make(layer, ask.rank, ask.alpha)
            for path, layer in unet.named_modules()
            if (".transformer_blocks." in path and isinstance(layer, nn.Linear))
            or (ask.convolutions and ".resnets." in path and isinstance(layer, nn.Conv2d))
        }


@contextmanager
def attached(unet: nn.Module, changes: Mapping[str, LayerChange]) -> Iterator[None]:
    """Inside, the layers answer with their changes added; afterwards everything is as it was."""
    hooks = [
        unet.get_submodule(path).register_forward_hook(
            lambda layer, inputs, out, change=change: out + change(inputs[0], layer.weight)
        )
        for path, change in changes.items()
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def train_lora(
    networks: Networks | Denoiser,
    latents: Tensor | Sequence[Tensor],
    tokens: Tensor | Sequence[Tensor],
    folder: Path,
    pace: Pace,
    ask: LoraAsk,
    on_step: OnStep | None = None,
    start: Mapping[str, Mapping[str, Tensor]] | None = None,
) -> dict[str, Tensor]:
    """A LoRA for pictures: latents ``(n, channels, h, w)``, scaled, and their tokens ``(n, 77, width)``.

    Lists of single ones may differ in size. The networks stay as they are. start: numbers to go on from, by the layer's
    path and their name in the change. Answers the file's weights in kohya's names. on_step may raise to stop; the
    folder then holds the state from which the same call goes on.
    """
    unet = networks.unet.requires_grad_(False)
    attend_plainly(unet)
    changes = make_changes(unet, ask)
    with torch.no_grad():
        for path, numbers in (start or {}).items():
            for name, number in numbers.items():
                changes[path].get_parameter(name).copy_(number)
    lora = nn.ModuleDict({path.replace(".", "/"): change for path, change in changes.items()})
    learner = Learner({"lora": lora.to(next(unet.parameters()).device)}, pace)
    with attached(unet, changes), _checkpointing(unet, ask.checkpointing):
        train(learner, _losses(networks, list(zip(latents, tokens, strict=True)), ask), folder, "lora", on_step)
    with torch.no_grad():
        for name, value in learner.averaged("lora").items():
            lora.get_parameter(name).copy_(value)
    return lora_weights(changes)


@contextmanager
def _checkpointing(unet: nn.Module, wanted: bool) -> Iterator[None]:
    was_training = unet.training
    network = cast("UNet2DConditionModel", unet)
    if wanted:
        network.enable_gradient_checkpointing()
        # Diffusers' blocks checkpoint in training mode only.
        network.train()
    try:
        yield
    finally:
        if wanted:
            network.disable_gradient_checkpointing()
            network.train(was_training)


def lora_weights(changes: Mapping[str, LayerChange]) -> dict[str, Tensor]:
    """The file's weights, in kohya's names, with each layer's alpha where it has one."""
    weights: dict[str, Tensor] = {}
    for path, change in changes.items():
        module = "lora_unet_" + path.replace(".", "_")
        for name, value in change.named_parameters():
            weights[f"{module}.{change.file_names[name]}"] = value.detach().cpu().clone()
        if change.alpha is not None:
            weights[f"{module}.alpha"] = torch.tensor(change.alpha)
    return weights


def _losses(networks: Networks | Denoiser, samples: Sequence[Sample], ask: LoraAsk) -> Iterator[tuple[Tensor, int]]:
    generator = torch.Generator().manual_seed(ask.seed)
    batches = _batches(samples, ask, generator)
    while True:
        before, count = 0.0, 0
        for _ in range(ask.accumulate - 1):
            picked = next(batches)
            loss = _loss(networks, picked, ask, generator) / ask.accumulate
            # Gradients of later batches, that of Learner.step too, are added to these.
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            before, count = before + float(loss.detach()), count + len(picked)
        picked = next(batches)
        yield _loss(networks, picked, ask, generator) / ask.accumulate + before, count + len(picked)


def _batches(samples: Sequence[Sample], ask: LoraAsk, generator: torch.Generator) -> Iterator[list[Sample]]:
    """Batches without end, every one full; each picture comes as often as any other."""
    batch = min(ask.batch, len(samples))
    rooms: dict[torch.Size, list[int]] = {}
    for number, (latent, _) in enumerate(samples):
        rooms.setdefault(latent.shape if ask.buckets else torch.Size(), []).append(number)
    members = list(rooms.values())
    sizes = torch.tensor([float(len(room)) for room in members])
    waiting: list[list[int]] = [[] for _ in members]
    while True:
        room = int(torch.multinomial(sizes, 1, generator=generator)) if len(members) > 1 else 0
        while len(waiting[room]) < batch:
            order = torch.randperm(len(members[room]), generator=generator)
            waiting[room] += [members[room][int(index)] for index in order]
        yield [samples[number] for number in waiting[room][:batch]]
        del waiting[room][:batch]


def _loss(networks: Networks | Denoiser, samples: Sequence[Sample], ask: LoraAsk, generator: torch.Generator) -> Tensor:
    """The mean over the samples; those of one shape go through the network together."""
    steps = len(networks.family.sigmas.table)
    order = torch.randperm(len(samples), generator=generator)
    timesteps = spread_timesteps(len(samples), steps, generator)[order]
    shapes: dict[tuple[torch.Size, torch.Size], list[int]] = {}
    for number, (latent, tokens) in enumerate(samples):
        shapes.setdefault((latent.shape, tokens.shape), []).append(number)
    total = torch.zeros(())
    for numbers in shapes.values():
        x0 = torch.stack([samples[number][0] for number in numbers]).float()
        tokens = torch.stack([samples[number][1] for number in numbers])
        total = total + _errors(networks, x0, tokens, timesteps[numbers], ask, generator).sum()
    return total / len(samples)


def _errors(
    networks: Networks | Denoiser,
    x0: Tensor,
    tokens: Tensor,
    timesteps: Tensor,
    ask: LoraAsk,
    generator: torch.Generator,
) -> Tensor:
    """``(batch,)`` float32 on the CPU: each sample's weighted loss."""
    weight = next(networks.unet.parameters())
    seen, wanted = noised(x0, timesteps, torch.randn(x0.shape, generator=generator), networks.family)
    with torch.autocast(weight.device.type, torch.bfloat16, enabled=weight.dtype == torch.bfloat16):
        answer = networks.unet(
            seen.to(weight),
            timesteps.to(weight.device),
            encoder_hidden_states=tokens.to(weight),
            return_dict=False,
        )[0]
    error: Tensor = _LOSSES[ask.loss](answer.float().cpu(), wanted, reduction="none").mean(dim=(1, 2, 3))
    return error * min_snr_weights(timesteps, networks.family)
