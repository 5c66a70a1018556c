"""Hooks: changes of weights that belong to a prompt. They are in force while that prompt is asked, and no longer.

Their strength may follow keyframes through the sampling. Each change of it, from one prompt or one step to the next,
computes the weights that the hook names anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from diffusion.adapters.lora import Lora, LoraPatch, network_patch, text_patch
from diffusion.adapters.merge import PlusDifference, difference
from diffusion.errors import DiffusionError
from diffusion.families.sigmas import DiscreteSigmas
from diffusion.memory import Handle, Patch


@dataclass(frozen=True)
class Keyframe:
    """From ``start_percent`` of the sampling on (0 = noise, 1 = clean), a hook's strength is multiplied by this."""

    strength: float
    start_percent: float


HookPatch = LoraPatch | PlusDifference


class Source(Protocol):
    """Where a hook's changes come from. A patch is None where nothing fits the network."""

    @property
    def name(self) -> str: ...

    def network_patch(self, network: Handle, strength: float) -> HookPatch | None: ...

    def text_patch(self, encoder: Handle, strength: float) -> HookPatch | None: ...


@dataclass(frozen=True)
class FromLora:
    lora: Lora

    @property
    def name(self) -> str:
        return self.lora.path.name

    def network_patch(self, network: Handle, strength: float) -> HookPatch | None:
        return network_patch(self.lora, network, strength)

    def text_patch(self, encoder: Handle, strength: float) -> HookPatch | None:
        return text_patch(self.lora, encoder, strength)


@dataclass(frozen=True)
class FromModel:
    """Another model's weights: at strength 1 they stand in place of the network's own, under what lies over these.

    text: None = it has none.
    """

    name: str
    network: Handle
    text: Handle | None

    def network_patch(self, network: Handle, strength: float) -> HookPatch | None:
        return difference(network, self.network, strength)

    def text_patch(self, encoder: Handle, strength: float) -> HookPatch | None:
        return None if self.text is None else difference(encoder, self.text, strength)


@dataclass(frozen=True)
class Hook:
    """A change and how strong it is. keyframes: by start; the first is in force before its start, too."""

    source: Source
    strength_model: float = 1.0
    strength_clip: float = 1.0
    keyframes: tuple[Keyframe, ...] = ()

    def text_patch_at(self, encoder: Handle, percent: float | None) -> Patch | None:
        """What it does to a text encoder's weights for a prompt that speaks from ``percent`` on.

        None: for one that is encoded once for all of the sampling; keyframes have no part in it.
        """
        keyframes = () if percent is None else self.keyframes
        strength = self.strength_clip * _in_force(
            [one.strength for one in keyframes],
            [one.strength for one in keyframes if percent is not None and one.start_percent <= percent],
        )
        return self.source.text_patch(encoder, strength) if strength else None


Hooks = tuple[Hook, ...]


@dataclass(frozen=True)
class ActiveHook:
    """A hook on a network. patch: at its full strength. keyframes: ``(noise level, strength)``, levels falling."""

    patch: HookPatch
    keyframes: tuple[tuple[float, float], ...] = ()

    def patch_at(self, sigma: float) -> Patch | None:
        """What it does to the weights at a noise level; None where it is off."""
        factor = _in_force(
            [strength for _, strength in self.keyframes],
            [strength for start, strength in self.keyframes if sigma <= start],
        )
        return replace(self.patch, strength=self.patch.strength * factor) if factor else None


def activate(hooks: Hooks, network: Handle, levels: DiscreteSigmas) -> tuple[ActiveHook, ...]:
    """The hooks on a network. Raises DiffusionError for one that does not fit it."""
    active = []
    for hook in hooks:
        if hook.strength_model == 0:
            continue
        patch = hook.source.network_patch(network, hook.strength_model)
        if patch is None:
            raise DiffusionError(
                f"The hook of {hook.source.name} does not fit this model: it was made for another kind. "
                "Take another file, or set strength_model to 0 if only the text encoder is meant."
            )
        keyframes = tuple((levels.sigma_at_percent(one.start_percent), one.strength) for one in hook.keyframes)
        active.append(ActiveHook(patch, keyframes))
    return tuple(active)


def with_keyframes(hooks: Hooks, keyframes: Sequence[Keyframe]) -> Hooks:
    """The hooks, all following these keyframes instead of their own."""
    ordered = tuple(sorted(keyframes, key=lambda one: one.start_percent))
    return tuple(replace(hook, keyframes=ordered) for hook in hooks)


def _in_force(strengths: Sequence[float], reached: Sequence[float]) -> float:
    """The last strength that was reached; the first before that, and 1 where there is none."""
    return reached[-1] if reached else next(iter(strengths), 1.0)
