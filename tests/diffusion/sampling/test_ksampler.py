"""Which noise levels a KSampler walks."""

from __future__ import annotations

import torch

from diffusion.sampling.ksampler import cut_sigmas

SIGMAS = torch.tensor([8.0, 4.0, 2.0, 1.0, 0.0])


def test_all_steps_are_walked_by_default() -> None:
    assert torch.equal(cut_sigmas(SIGMAS, None, None, False), SIGMAS)
    assert torch.equal(cut_sigmas(SIGMAS, 0, 10_000, True), SIGMAS)


def test_an_early_end_leaves_noise() -> None:
    assert cut_sigmas(SIGMAS, None, 2, False).tolist() == [8, 4, 2]


def test_an_early_end_can_be_forced_to_be_clean() -> None:
    assert cut_sigmas(SIGMAS, None, 2, True).tolist() == [8, 4, 0]
    assert SIGMAS.tolist() == [8, 4, 2, 1, 0]


def test_a_late_start_skips_levels() -> None:
    assert cut_sigmas(SIGMAS, 1, 3, False).tolist() == [4, 2, 1]


def test_a_start_beyond_the_end_has_nothing_to_do() -> None:
    assert cut_sigmas(SIGMAS, 4, None, True).tolist() == []
    assert cut_sigmas(SIGMAS, 3, 2, True).tolist() == []
