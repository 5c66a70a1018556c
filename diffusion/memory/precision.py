"""Number formats: what a device computes fast, and where the picture would suffer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from diffusion.memory.handle import Role


@dataclass(frozen=True)
class Precision:
    """The number format of each kind of network.

    network: denoisers and ControlNets. vae: decode and encode. text: encoders (always computed in float32).
    text_rounding: text weights are rounded to this first, as the field holds them, so that pictures agree with it.
    channels_last: convolution weights and activations of the network are laid out with channels innermost.
    """

    network: torch.dtype = torch.float32
    vae: torch.dtype = torch.float32
    text: torch.dtype = torch.float32
    text_rounding: torch.dtype | None = torch.float16
    channels_last: bool = False

    def of(self, role: Role) -> torch.dtype:
        """The format that a network of this role computes in."""
        match role:
            case "network" | "control":
                return self.network
            case "vae":
                return self.vae
            case "text":
                return self.text


def choose_precision(device: torch.device, force_fp32: bool = False) -> Precision:
    """The format that this device computes fastest without a visible change of the picture."""
    if force_fp32:
        return Precision()
    if device.type == "cuda":
        return _cuda_precision(device)
    if device.type == "mps":
        return Precision(network=torch.float16)
    if device.type == "cpu" and has_fast_bfloat16():
        return Precision(network=torch.bfloat16, channels_last=True)
    return Precision()


def _cuda_precision(device: torch.device) -> Precision:
    # bfloat16 arithmetic came with compute capability 8.0; before it half precision is the fast one.
    modern = torch.cuda.get_device_capability(device) >= (8, 0)
    fast = torch.bfloat16 if modern else torch.float16
    return Precision(network=fast, channels_last=True)


def has_fast_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware (AMX or AVX512-BF16). Elsewhere it is slower than float32."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))
