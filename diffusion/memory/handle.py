"""A network and its weights as the file has them, and the weights it computes with while it is resident."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import torch
from torch import Tensor, nn

from diffusion.memory.packing import let_pack

# A file's pages are let go whenever this much of it has been converted: peak memory is the network plus this.
READ_AHEAD_BYTES = 128 * 1024**2

Role = Literal["network", "text", "vision", "vae", "control"]


class Patch(Protocol):
    """A change of weights that an adapter wants, such as a LoRA at some strength. The file's weights stay as they are.

    Patches are compared with ``==``: weights that already carry an equal tuple of patches are not computed again.
    """

    def parameters(self) -> Collection[str]:
        """Names of the parameters it changes, as ``module.named_parameters()`` spells them."""
        ...

    def apply(self, name: str, weight: Tensor) -> Tensor:
        """The changed weight. ``weight`` is float32 on the device that computes, and must not be written to."""
        ...


@dataclass(frozen=True)
class Origin:
    """The file that a network came from. names: parameter to its name there, behind the part's prefix, and its shape.

    metadata: what the file says of its networks beside their shapes.
    """

    names: Mapping[str, tuple[str, tuple[int, ...]]]
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Patched:
    """A network as it is with these patches, in the order in which they apply."""

    handle: Handle
    patches: tuple[Patch, ...] = ()


class Handle:
    """One network of one file. Values (Model, Clip, Vae) hold it; Memory moves what it stands for.

    module: computes with whatever weights are set now: the file's own (``weights``), or a resident, converted set.
    weights: the file's tensors by parameter name, views of the mapped file, never written.
    resident: the (device, dtype, patches) that the module's parameters are in now, or None for the file's own.
    Invariant: a parameter that no patch names is ``weights[name]`` converted, and nothing else.
    origin: the file that it came from; None for networks that were made here.
    on_converted: called when weights that were read are not needed any more, so that the file's pages can go.
    """

    def __init__(
        self,
        name: str,
        role: Role,
        module: nn.Module,
        *,
        origin: Origin | None = None,
        on_converted: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self.origin = origin
        self.role: Role = role
        self.module = module.eval().requires_grad_(False)
        self.weights: Mapping[str, Tensor] = {key: value.data for key, value in module.named_parameters()}
        self.resident: Resident | None = None
        self._owners = {key: _owner(module, key) for key in self.weights}
        self._on_converted = on_converted

    def nbytes(self, dtype: torch.dtype) -> int:
        """Bytes of all weights once they are held as ``dtype``."""
        return sum(weight.numel() for weight in self.weights.values()) * dtype.itemsize

    def set_weights(self, resident: Resident | None) -> None:
        """Make the module compute with the file's weights, or with a converted, patched set of them."""
        before, self.resident = self.resident, resident
        let_pack(self.module, may=resident is not None and resident.packs)
        if resident is None:
            for name, weight in self.weights.items():
                self._set(name, weight)
            self._move_buffers(torch.device("cpu"))
            return
        read_bytes = 0
        for name in self._stale(before, resident):
            weight = self.weights[name]
            self._set(name, resident.convert(name, weight))
            read_bytes += weight.nbytes
            if read_bytes > READ_AHEAD_BYTES:
                self._on_converted()
                read_bytes = 0
        self._move_buffers(resident.device)
        self._on_converted()

    def copy_module(self) -> nn.Module:
        """A module of the caller's own with the file's weights, whatever the one here computes with now."""
        memo: dict[int, Any] = {
            id(held): nn.Parameter(self.weights[name].clone(), requires_grad=False)
            for name, held in self.module.named_parameters()
        }
        copied = copy.deepcopy(self.module, memo)
        let_pack(copied, may=False)
        return copied

    def _stale(self, before: Resident | None, after: Resident) -> Collection[str]:
        """The parameters that differ between two states: all, or only those that a patch of either names."""
        if before is None or before.format != after.format:
            return self.weights.keys()
        touched = {name for state in (before, after) for patch in state.patches for name in patch.parameters()}
        return touched & self.weights.keys()

    def _set(self, name: str, weight: Tensor) -> None:
        owner, attribute = self._owners[name]
        owner._parameters[attribute] = nn.Parameter(weight, requires_grad=False)

    def _move_buffers(self, device: torch.device) -> None:
        for owner in self.module.modules():
            for name, buffer in owner._buffers.items():
                if buffer is not None:
                    owner._buffers[name] = buffer.to(device)

    def __repr__(self) -> str:
        return f"Handle({self.name}, {self.role})"


@dataclass(frozen=True)
class Resident:
    """How resident weights are held."""

    device: torch.device
    dtype: torch.dtype
    channels_last: bool = False
    packs: bool = False
    patches: tuple[Patch, ...] = ()

    @property
    def format(self) -> tuple[Any, ...]:
        return self.device, self.dtype, self.channels_last, self.packs

    def convert(self, name: str, weight: Tensor) -> Tensor:
        """The weight as it is held: the file's own tensor where nothing has to change."""
        patches = [patch for patch in self.patches if name in patch.parameters()]
        if patches:
            weight = _patched(name, weight.to(self.device, torch.float32), patches)
        weight = weight.to(self.device, self.dtype)
        if self.channels_last and weight.ndim == 4:
            weight = weight.contiguous(memory_format=torch.channels_last)
        return weight


def _patched(name: str, weight: Tensor, patches: Sequence[Patch]) -> Tensor:
    for patch in patches:
        weight = patch.apply(name, weight)
    return weight


def _owner(module: nn.Module, name: str) -> tuple[nn.Module, str]:
    path, _, attribute = name.rpartition(".")
    return module.get_submodule(path), attribute
