"""Where and when each prompt speaks."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from diffusion.sampling.regions import Box, Region, match_areas, resolve, share_controls
from diffusion.values import Area, Cond, ControlUse
from tests.diffusion.sampling.toy import LEVELS


def region(**fields: Any) -> Region:
    return resolve((Cond(torch.zeros(1, 77, 8), **fields),), LEVELS, 32, 48)[0]


def test_a_plain_prompt_speaks_everywhere_and_always() -> None:
    plain = region()
    assert (plain.box, plain.weight) == (None, None)
    assert plain.speaks_at(LEVELS.sigma_max)
    assert plain.speaks_at(LEVELS.sigma_min)


def test_percents_become_noise_levels() -> None:
    late = region(start_percent=0.5, end_percent=0.75)
    assert late.sigma_start == pytest.approx(float(LEVELS.sigma(torch.tensor(499.5))))
    assert late.sigma_end == pytest.approx(float(LEVELS.sigma(torch.tensor(249.75))))
    assert [late.speaks_at(sigma) for sigma in (14.6, 1.0, 0.05)] == [False, True, False]


def test_a_relative_area_is_rounded_to_latent_pixels() -> None:
    assert region(area=Area(0.5, 0.25, 0.5, 0.1, relative=True)).box == Box(y=16, x=5, height=16, width=12)


def test_an_area_that_leaves_the_picture_is_cut() -> None:
    assert region(area=Area(64, 64, 16, 8)).box == Box(y=16, x=8, height=16, width=40)


def test_an_area_fades_over_8_pixels_along_sides_inside_the_picture_only() -> None:
    weight = region(area=Area(height=32, width=40, y=0, x=0)).weight
    assert weight is not None
    assert weight.shape == (1, 1, 32, 40)
    # Top, bottom and left are edges of the picture; the right side is not.
    expected = torch.cat([torch.ones(32), torch.arange(8, 0, -1) / 8])
    assert torch.equal(weight[0, 0, 0], expected)
    assert torch.equal(weight[0, 0, -1], expected)


def test_a_small_area_fades_over_a_quarter_of_itself() -> None:
    weight = region(area=Area(height=8, width=48, y=8, x=0)).weight
    assert weight is not None
    assert weight[0, 0, :, 0].tolist() == [0.5, 1, 1, 1, 1, 1, 1, 0.5]


def test_strength_multiplies_the_weight() -> None:
    weight = region(strength=0.25).weight
    assert weight is not None
    assert weight.flatten().tolist() == [0.25]


def test_a_mask_is_resized_to_the_latent_and_does_not_fade() -> None:
    mask = torch.zeros(1, 64, 96)
    mask[:, :32] = 1
    masked = region(mask=mask, mask_strength=0.5, area=Area(16, 48, 8, 0))
    assert masked.weight is not None
    assert masked.weight[0, 0, :, 0].tolist() == [0.5] * 8 + [0.0] * 8


def test_an_area_can_be_taken_from_the_mask() -> None:
    mask = torch.zeros(1, 32, 48)
    mask[:, 4:8, 10:30] = 1
    bounded = region(mask=mask, area_from_mask=True)
    assert bounded.box == Box(y=4, x=10, height=8, width=20)
    assert bounded.weight is not None
    assert bounded.weight.shape == (1, 1, 8, 20)


def test_an_area_of_the_positive_prompt_asks_the_negative_about_the_same_cut() -> None:
    negative = Cond(torch.full((1, 77, 8), 9.0))
    ours = resolve((Cond(torch.zeros(1, 77, 8), area=Area(16, 16, 0, 0)),), LEVELS, 32, 48)
    theirs = match_areas(resolve((negative,), LEVELS, 32, 48), ours)
    assert [one.box for one in theirs] == [None, ours[0].box]
    assert all(one.tokens is negative.tokens for one in theirs)
    assert theirs[1].weight is ours[0].weight


def test_an_area_that_both_have_is_not_asked_twice() -> None:
    cond = Cond(torch.zeros(1, 77, 8), area=Area(16, 16, 0, 0))
    ours = resolve((cond,), LEVELS, 32, 48)
    assert len(match_areas(resolve((cond,), LEVELS, 32, 48), ours)) == 1


def test_the_smallest_region_around_an_area_lends_its_words() -> None:
    tokens = [torch.full((1, 77, 8), float(i)) for i in range(3)]
    others = resolve((Cond(tokens[0], area=Area(8, 8, 4, 4)),), LEVELS, 32, 48)
    theirs = resolve((Cond(tokens[1]), Cond(tokens[2], area=Area(16, 16, 0, 0))), LEVELS, 32, 48)
    assert match_areas(theirs, others)[-1].tokens is tokens[2]


def test_an_old_style_control_also_steers_a_negative_prompt_without_its_own() -> None:
    old, new = (ControlUse(None, torch.zeros(1, 8, 8, 3), on_uncond=flag) for flag in (True, False))  # type: ignore[arg-type]  # no net is run
    ours = resolve((Cond(torch.zeros(1, 77, 8), controls=(old, new)),), LEVELS, 32, 48)
    theirs = share_controls(resolve((Cond(torch.zeros(1, 77, 8)),), LEVELS, 32, 48), ours)
    assert [one.use for one in theirs[0].controls] == [old]
