"""Networks merged: one's weights moved towards another's, or with another's added. Merges are patches like LoRAs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.memory import Handle, Patch, Patched


@dataclass(frozen=True)
class TowardsWeights:
    """Each weight moved towards another network's: all the way at strength 1. targets: the weights it moves."""

    other: Patched
    strength: float
    targets: frozenset[str]

    def parameters(self) -> Collection[str]:
        return self.targets

    def apply(self, name: str, weight: Tensor) -> Tensor:
        return weight + self.strength * (weight_of(self.other, name, weight) - weight)


@dataclass(frozen=True)
class PlusWeights:
    """Each weight times ``own``, plus ``strength`` times another network's."""

    other: Patched
    strength: float
    own: float
    targets: frozenset[str] = field(compare=False)

    def parameters(self) -> Collection[str]:
        return self.targets

    def apply(self, name: str, weight: Tensor) -> Tensor:
        return self.own * weight + self.strength * weight_of(self.other, name, weight)


@dataclass(frozen=True)
class PlusDifference:
    """Each weight plus ``strength`` times what another network's has beyond this network's own, both as in their files.

    Unlike TowardsWeights it adds up with whatever else lies over the weight: a LoRA, another difference.
    """

    own: Handle
    other: Handle
    strength: float
    targets: frozenset[str]

    def parameters(self) -> Collection[str]:
        return self.targets

    def apply(self, name: str, weight: Tensor) -> Tensor:
        return weight + self.strength * (self.other.weights[name].to(weight) - self.own.weights[name].to(weight))


def difference(network: Handle, other: Handle, strength: float) -> PlusDifference | None:
    """The patch on all weights; None where the networks have none of one name and shape."""
    shared = _shared(network, other)
    return PlusDifference(network, other, strength, shared) if shared else None


def merge(network: Handle, other: Patched, kept: Mapping[str, float]) -> tuple[Patch, ...]:
    """Patches that leave a share of each weight and take the rest from the other network.

    kept: the share by the beginning of a weight's name in its file; the longest that fits counts, else the first.
    Raises DiffusionError when the networks are of different kinds.
    """
    by_share: dict[float, set[str]] = {}
    for name in _require_shared(network, other.handle):
        by_share.setdefault(_share_of(_file_name(network, name), kept), set()).add(name)
    return tuple(TowardsWeights(other, 1 - share, frozenset(names)) for share, names in by_share.items() if share != 1)


def plus(network: Handle, other: Patched) -> PlusWeights:
    """The patch that adds the other network's weights. Raises DiffusionError when they are of different kinds."""
    return PlusWeights(other, 1.0, 1.0, _require_shared(network, other.handle))


def minus(network: Handle, other: Patched, factor: float) -> PlusWeights:
    """The patch that leaves ``factor`` times what the network has beyond the other one. Raises DiffusionError, too."""
    return PlusWeights(other, -factor, factor, _require_shared(network, other.handle))


def weight_of(network: Patched, name: str, like: Tensor) -> Tensor:
    """A weight with the patches on it, in the format of ``like``."""
    weight = network.handle.weights[name].to(like)
    for patch in network.patches:
        if name in patch.parameters():
            weight = patch.apply(name, weight)
    return weight


def _shared(network: Handle, other: Handle) -> frozenset[str]:
    theirs = other.weights
    return frozenset(n for n, weight in network.weights.items() if n in theirs and theirs[n].shape == weight.shape)


def _require_shared(network: Handle, other: Handle) -> frozenset[str]:
    shared = _shared(network, other)
    if len(shared) < len(network.weights):
        raise DiffusionError(
            f"{other.name} cannot be merged with {network.name}: {len(network.weights) - len(shared)} of its "
            f"{len(network.weights)} weights have no counterpart of their shape. Take two of one kind."
        )
    return shared


def _file_name(network: Handle, name: str) -> str:
    return name if network.origin is None else network.origin.names.get(name, (name, ()))[0]


def _share_of(name: str, kept: Mapping[str, float]) -> float:
    fitting = [beginning for beginning in kept if name.startswith(beginning)]
    return kept[max(fitting, key=len)] if fitting else next(iter(kept.values()))
