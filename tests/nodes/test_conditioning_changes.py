"""Conditionings changed by nodes."""

from __future__ import annotations

import torch

from diffusion.values import Area, Cond
from nodes import conditioning_changes as changes

ONE = (Cond(torch.ones(1, 3, 2), torch.ones(1, 4)),)
TWO = (Cond(torch.full((1, 2, 2), 3.0), torch.full((1, 4), 5.0)), Cond(torch.zeros(1, 1, 2)))


def test_an_average_is_taken_place_by_place_and_missing_places_count_as_zeros() -> None:
    [mixed] = changes.average(conditioning_to=ONE, conditioning_from=TWO, conditioning_to_strength=0.25)
    assert mixed.tokens[0].tolist() == [[2.5, 2.5], [2.5, 2.5], [0.25, 0.25]]
    assert mixed.pooled is not None
    assert mixed.pooled.tolist() == [[4.0] * 4]
    longer, _ = changes.average(conditioning_to=TWO, conditioning_from=ONE, conditioning_to_strength=0.5)
    assert longer.tokens[0].tolist() == [[2.0, 2.0], [2.0, 2.0]]
    assert changes.average(conditioning_to=ONE, conditioning_from=()) is ONE


def test_where_only_one_has_a_pooled_vector_it_is_taken_whole() -> None:
    bare = (Cond(torch.ones(1, 3, 2)),)
    for first, second in ((ONE, bare), (bare, ONE)):
        [mixed] = changes.average(conditioning_to=first, conditioning_from=second, conditioning_to_strength=0.5)
        assert mixed.pooled is ONE[0].pooled


def test_zeroed_out_keeps_shapes_and_says_nothing() -> None:
    zeroed, bare = changes.zero_out(conditioning=TWO)
    assert zeroed.tokens.tolist() == [[[0.0, 0.0]] * 2]
    assert zeroed.pooled is not None
    assert (zeroed.pooled.tolist(), bare.pooled) == ([[0.0] * 4], None)
    assert TWO[0].tokens[0, 0, 0] == 3.0


def test_a_prompt_is_limited_in_time_by_a_mask_and_to_a_share_of_the_picture() -> None:
    [timed] = changes.set_range(conditioning=ONE, start=0.2, end=0.7)
    assert (timed.start_percent, timed.end_percent) == (0.2, 0.7)
    mask = torch.ones(8, 8)
    [masked] = changes.set_mask(conditioning=ONE, mask=mask, strength=2.0, set_cond_area="mask bounds")
    assert masked.mask is not None
    assert (tuple(masked.mask.shape), masked.mask_strength, masked.area_from_mask) == ((1, 8, 8), 2.0, True)
    [loose] = changes.set_mask(conditioning=ONE, mask=mask[None], set_cond_area="default")
    assert loose.area_from_mask is False
    [placed] = changes.set_relative_area(conditioning=ONE, width=0.5, height=0.25, x=0.1, y=0.2, strength=1.5)
    assert (placed.area, placed.strength) == (Area(0.25, 0.5, 0.2, 0.1, relative=True), 1.5)
    [weak] = changes.set_strength(conditioning=ONE, strength=0.5)
    assert (weak.strength, weak.area) == (0.5, None)


def test_pairs_are_joined_each_side_to_its_own() -> None:
    joined = changes.combine_pairs(positive_A=ONE, negative_A=TWO, positive_B=TWO, negative_B=ONE)
    assert (joined.positive, joined.negative) == ((*ONE, *TWO), (*TWO, *ONE))
