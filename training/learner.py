"""Weights that learn: float32 masters, their running average, and the bfloat16 copies that compute."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

Optimiser = Literal["adamw", "adam", "sgd", "rmsprop"]


@dataclass(frozen=True)
class Pace:
    """How fast weights move, counted in samples.

    lr: the plateau. warm_up: samples until it is reached. cool_down: share of ``total`` at the end in which it falls
    to zero along a line; a run that will go on has 0. average: the running average's factor a step, at most.
    """

    total: int
    lr: float = 5e-4
    warm_up: int = 10_000
    cool_down: float = 0.25
    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.99)
    clip: float = 1.0
    average: float = 0.9975
    optimiser: Optimiser = "adamw"

    def lr_at(self, samples: int) -> float:
        """Learning rate after so many samples."""
        rising = min(1.0, (samples + 1) / max(1, self.warm_up))
        falling_for = max(1.0, self.cool_down * self.total)
        left = (self.total - samples) / falling_for if self.cool_down else 1.0
        return self.lr * min(rising, max(0.0, min(1.0, left)))


class Learner:
    """Trains the parameters of ``modules`` that ask for gradients.

    masters: float32, what the optimiser moves. averages: their exponential moving average, what is exported.
    The modules themselves hold the number format they compute in; after every step they equal the masters, rounded.
    """

    def __init__(self, modules: Mapping[str, nn.Module], pace: Pace, dtype: torch.dtype = torch.float32) -> None:
        self.modules = dict(modules)
        self.pace = pace
        self.samples = 0
        self.steps = 0
        named = {name: value for name, value in self._named() if value.requires_grad}
        self.masters = {name: value.detach().float().clone() for name, value in named.items()}
        self.averages = {name: value.clone() for name, value in self.masters.items()}
        for module in self.modules.values():
            module.to(dtype)
        self.computing = {name: value for name, value in self._named() if value.requires_grad}
        self.optimiser = _make_optimiser(list(self.masters.values()), pace)

    def step(self, loss: Tensor, samples: int) -> float:
        """One step down the loss of a batch of so many samples; answers the gradient's norm before clipping."""
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        for name, master in self.masters.items():
            gradient = self.computing[name].grad
            master.grad = None if gradient is None else gradient.float()
            self.computing[name].grad = None
        norm = float(torch.nn.utils.clip_grad_norm_(list(self.masters.values()), self.pace.clip))
        self.samples += samples
        self.steps += 1
        if not math.isfinite(norm):
            return norm
        for group in self.optimiser.param_groups:
            group["lr"] = self.pace.lr_at(self.samples)
        self.optimiser.step()
        self._follow()
        return norm

    def averaged(self, module: str) -> dict[str, Tensor]:
        """The running averages of one module's weights, float32, by its own parameter names."""
        prefix = f"{module}."
        return {name.removeprefix(prefix): value for name, value in self.averages.items() if name.startswith(prefix)}

    def state(self) -> dict[str, Any]:
        """All that a later run needs to go on as if nothing had happened."""
        return {
            "masters": self.masters,
            "averages": self.averages,
            "optimiser": self.optimiser.state_dict(),
            "samples": self.samples,
            "steps": self.steps,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a ``state``."""
        with torch.no_grad():
            for name, master in self.masters.items():
                master.copy_(state["masters"][name])
                self.averages[name].copy_(state["averages"][name])
        self.optimiser.load_state_dict(state["optimiser"])
        self.samples, self.steps = state["samples"], state["steps"]
        self._round()

    def _follow(self) -> None:
        # A young average would remember the start for long: its factor grows with the steps.
        factor = min(self.pace.average, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(list(self.averages.values()), list(self.masters.values()), 1 - factor)
        self._round()

    def _round(self) -> None:
        with torch.no_grad():
            torch._foreach_copy_(list(self.computing.values()), list(self.masters.values()))

    def _named(self) -> Iterator[tuple[str, nn.Parameter]]:
        for name, module in self.modules.items():
            for key, value in module.named_parameters():
                yield f"{name}.{key}", value


def _make_optimiser(masters: list[Tensor], pace: Pace) -> torch.optim.Optimizer:
    match pace.optimiser:
        case "adamw":
            return torch.optim.AdamW(masters, pace.lr, pace.betas, weight_decay=pace.weight_decay, fused=True)
        case "adam":
            return torch.optim.Adam(masters, pace.lr, pace.betas, weight_decay=pace.weight_decay, fused=True)
        case "sgd":
            return torch.optim.SGD(masters, pace.lr, momentum=pace.betas[0], weight_decay=pace.weight_decay)
        case "rmsprop":
            return torch.optim.RMSprop(masters, pace.lr, alpha=pace.betas[1], weight_decay=pace.weight_decay)
