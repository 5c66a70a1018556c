from __future__ import annotations

import torch

from diffusion.memory.measure import free_bytes, total_bytes
from diffusion.memory.precision import Precision, choose_precision, has_fast_bfloat16

CPU = torch.device("cpu")


def test_a_cpu_computes_networks_in_bfloat16_only_where_it_does_so_in_hardware() -> None:
    expected = torch.bfloat16 if has_fast_bfloat16() else torch.float32

    assert choose_precision(CPU).of("network") == expected


def test_float32_can_be_forced() -> None:
    assert choose_precision(CPU, force_fp32=True) == Precision()


def test_pictures_are_computed_like_networks_on_a_cpu_and_prompts_from_half_precision() -> None:
    chosen = choose_precision(CPU)

    assert (chosen.of("vae"), chosen.of("text")) == (chosen.of("network"), torch.float16)


def test_what_has_channels_innermost_depends_on_the_role() -> None:
    precision = Precision(channels_last=True)

    assert [precision.is_channels_last(role) for role in ("network", "control", "vae", "text")] == [
        True,
        True,
        False,
        False,
    ]
    assert Precision(vae_channels_last=True).is_channels_last("vae")


def test_the_machine_tells_its_memory() -> None:
    assert 0 < free_bytes(CPU) <= total_bytes(CPU)
