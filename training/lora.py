"""Trains a LoRA: low-rank changes beside the linear layers of a U-Net's transformers (Hu et al. 2021)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from training.denoising import min_snr_weights, noised, spread_timesteps
from training.learner import Learner, Pace
from training.loop import OnStep, train
from training.networks import Networks, attend_plainly

if TYPE_CHECKING:
    from diffusers import UNet2DConditionModel


@dataclass(frozen=True)
class LoraAsk:
    """rank: inner width of each change. alpha: a change counts alpha / rank. convolutions: also those of the blocks.

    checkpointing: keep fewer activations for the way back and compute them twice; slower, in less memory.
    """

    rank: int = 4
    alpha: float = 4.0
    convolutions: bool = False
    batch: int = 16
    seed: int = 0
    checkpointing: bool = False


class LowRank(nn.Module):
    """The change of one layer: ``up(down(x)) * scale``, zero at first."""

    def __init__(self, layer: nn.Linear | nn.Conv2d, rank: int, scale: float) -> None:
        super().__init__()
        self.scale = scale
        if isinstance(layer, nn.Linear):
            self.down: nn.Module = nn.Linear(layer.in_features, rank, bias=False)
            self.up: nn.Module = nn.Linear(rank, layer.out_features, bias=False)
        else:
            stride, padding = layer.stride, layer.padding
            self.down = nn.Conv2d(layer.in_channels, rank, layer.kernel_size, stride, padding, bias=False)  # type: ignore[arg-type]  # torch types its own attributes wider than its arguments
            self.up = nn.Conv2d(rank, layer.out_channels, 1, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, x: Tensor) -> Tensor:
        change: Tensor = self.up(self.down(x))
        return change * self.scale


def make_changes(unet: nn.Module, ask: LoraAsk) -> dict[str, LowRank]:
    """A change for every layer that the LoRA covers, by the layer's path in the U-Net."""
    torch.manual_seed(ask.seed)
    scale = ask.alpha / ask.rank
    return {
        path: LowRank(layer, ask.rank, scale)
        for path, layer in unet.named_modules()
        if (".transformer_blocks." in path and isinstance(layer, nn.Linear))
        or (ask.convolutions and ".resnets." in path and isinstance(layer, nn.Conv2d))
    }


@contextmanager
def attached(unet: nn.Module, changes: Mapping[str, LowRank]) -> Iterator[None]:
    """Inside, the layers answer with their changes added; afterwards everything is as it was."""
    hooks = [
        unet.get_submodule(path).register_forward_hook(lambda _, inputs, out, change=change: out + change(inputs[0]))
        for path, change in changes.items()
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def train_lora(
    networks: Networks,
    latents: Tensor,
    tokens: Tensor,
    folder: Path,
    pace: Pace,
    ask: LoraAsk,
    on_step: OnStep | None = None,
) -> dict[str, Tensor]:
    """A LoRA for pictures: latents ``(n, channels, h, w)``, scaled, and their tokens ``(n, 77, width)``.

    The networks stay as they are. Answers the file's weights in kohya's names. on_step may raise to stop; the folder
    then holds the state from which the same call goes on.
    """
    unet = networks.unet.requires_grad_(False)
    attend_plainly(unet)
    changes = make_changes(unet, ask)
    learner = Learner(
        {"lora": nn.ModuleDict({path.replace(".", "/"): change for path, change in changes.items()})}, pace
    )
    with attached(unet, changes), _checkpointing(unet, ask.checkpointing):
        train(learner, _losses(networks, latents, tokens, ask), folder, "lora", on_step)
    averaged = learner.averaged("lora")
    return lora_weights({name.replace("/", "."): value for name, value in averaged.items()}, ask)


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


def lora_weights(changes: Mapping[str, Tensor], ask: LoraAsk) -> dict[str, Tensor]:
    """kohya's names for ``path.down.weight`` and ``path.up.weight``, with each layer's alpha."""
    weights: dict[str, Tensor] = {}
    for name, value in changes.items():
        path, side, _ = name.rsplit(".", 2)
        module = "lora_unet_" + path.replace(".", "_")
        weights[f"{module}.lora_{side}.weight"] = value
        weights[f"{module}.alpha"] = torch.tensor(ask.alpha)
    return weights


def _losses(networks: Networks, latents: Tensor, tokens: Tensor, ask: LoraAsk) -> Iterator[tuple[Tensor, int]]:
    generator = torch.Generator().manual_seed(ask.seed)
    dtype = next(networks.unet.parameters()).dtype
    steps = len(networks.family.sigmas.table)
    batch = min(ask.batch, len(latents))
    while True:
        for picked in torch.split(torch.randperm(len(latents), generator=generator), batch):
            x0 = latents[picked].float()
            order = torch.randperm(len(x0), generator=generator)
            timesteps = spread_timesteps(len(x0), steps, generator)[order]
            seen, wanted = noised(x0, timesteps, torch.randn(x0.shape, generator=generator), networks.family)
            with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
                answer = networks.unet(
                    seen.to(dtype), timesteps, encoder_hidden_states=tokens[picked].to(dtype), return_dict=False
                )[0]
            error = (answer.float() - wanted).square().mean(dim=(1, 2, 3))
            yield (error * min_snr_weights(timesteps, networks.family)).mean(), len(x0)
