"""Number formats: what a device computes fast, and where the picture would suffer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from diffusion.memory.packing import can_pack

if TYPE_CHECKING:
    from diffusion.memory.handle import Role


@dataclass(frozen=True)
class Precision:
    """The number format of each kind of network.

    network: denoisers and ControlNets. vae: decode and encode. text: how CLIP's weights are held; its towers compute in
    float32 whatever this is. Half precision is how the field holds them: pictures agree only when they are rounded so.
    channels_last, vae_channels_last: convolution weights and activations of denoisers and ControlNets, and of the VAE,
    are laid out with channels innermost. packed: denoisers and ControlNets put their weights into the order in
    which the CPU's kernels read them, which takes a copy even of weights that the file has in the right format.
    """

    network: torch.dtype = torch.float32
    vae: torch.dtype = torch.float32
    text: torch.dtype = torch.float16
    channels_last: bool = False
    vae_channels_last: bool = False
    packed: bool = False

    def of(self, role: Role) -> torch.dtype:
        """The format that weights of this role are held in."""
        match role:
            case "network" | "control":
                return self.network
            case "vae":
                return self.vae
            case "text" | "vision":
                return self.text

    def is_channels_last(self, role: Role) -> bool:
        """Whether networks of this role have channels innermost."""
        match role:
            case "network" | "control":
                return self.channels_last
            case "vae":
                return self.vae_channels_last
            case "text" | "vision":
                return False

    def packs(self, role: Role) -> bool:
        """Whether networks of this role pack their weights. A VAE gains nothing: its pictures dwarf its weights."""
        return self.packed and role in ("network", "control")


def choose_precision(device: torch.device, force_fp32: bool = False) -> Precision:
    """The format that this device computes fastest without a visible change of the picture."""
    if force_fp32:
        return Precision()
    if device.type == "cuda":
        return _cuda_precision(device)
    if device.type == "mps":
        return Precision(network=torch.float16)
    if device.type == "cpu" and has_fast_bfloat16():
        # The starter model's pictures decoded in bfloat16 differ by 3 of 255 at most (60 dB) from those in float32.
        # Stable Diffusion's VAE takes half the time (256 px, one thread of Zen 4: 4.3 s; float32: 8.0 s).
        return Precision(
            network=torch.bfloat16,
            vae=torch.bfloat16,
            channels_last=True,
            vae_channels_last=True,
            packed=can_pack(),
        )
    # In float32 too the VAE gains by channels_last: 6.3 s instead of 8.0 s, and 86 MB less at the peak.
    return Precision(vae_channels_last=device.type == "cpu")


def _cuda_precision(device: torch.device) -> Precision:
    # bfloat16 arithmetic came with compute capability 8.0; before it half precision is the fast one.
    modern = torch.cuda.get_device_capability(device) >= (8, 0)
    fast = torch.bfloat16 if modern else torch.float16
    return Precision(network=fast, channels_last=True)


def has_fast_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware (AMX or AVX512-BF16). Elsewhere it is slower than float32."""
    return has_amx() or bool(torch.cpu.get_capabilities().get("avx512_bf16"))


def has_amx() -> bool:
    """Whether this CPU has Intel's matrix unit for bfloat16."""
    return bool(torch.cpu.get_capabilities().get("amx_bf16"))
