from __future__ import annotations

import random

import numpy as np
import pytest

from tests.training.small import CONCEPTS, disc, small_composer
from training.evaluation.checks import background_colour, halves, is_coloured, side_of_thing, thing_colours
from training.starter.backgrounds import paint_background
from training.starter.compose import tint
from training.starter.pool import PER_CAPTION, compose_shard
from training.starter.scene import COLOURS, OBJECT_COLOURS, PLACES, STYLES, Scene, Thing

CAT = CONCEPTS[0]


@pytest.mark.parametrize("colour", OBJECT_COLOURS)
@pytest.mark.parametrize("own", [(220, 40, 40), (160, 160, 160)], ids=["red", "grey"])
def test_a_drawing_takes_every_colour_even_when_it_was_grey(colour: str, own: tuple[int, int, int]) -> None:
    painted = tint(disc(own), colour)
    picture = np.where(painted[..., 3:] > 0, painted[..., :3], 255).astype(np.uint8)
    assert is_coloured(picture, colour)


def test_a_tint_leaves_parts_of_another_hue_alone() -> None:
    apple = disc((220, 40, 40), leaf=(40, 180, 60))
    painted = tint(apple, "blue")
    assert np.abs(painted[25, 80].astype(int) - apple[25, 80]).max() <= 1
    assert thing_colours(painted[..., :3])[0] == "blue"


@pytest.mark.parametrize("colour", COLOURS)
def test_the_background_is_the_colour_that_was_asked(colour: str) -> None:
    scene = Scene((Thing(CAT, CAT.drawings[0]),), "3d", colour)
    assert background_colour(small_composer().paint(scene, random.Random(0))) == colour


@pytest.mark.parametrize("place", PLACES)
def test_places_fill_the_picture(place: str) -> None:
    picture = paint_background(place, 64, random.Random(0))
    assert picture.shape == (64, 64, 3)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 2


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_thing_stands_on_the_side_that_was_asked(side: str) -> None:
    scene = Scene((Thing(CAT, CAT.drawings[0]),), "3d", "white", position=side)
    assert side_of_thing(small_composer().paint(scene, random.Random(0))) == side


def test_a_pair_stands_left_and_right() -> None:
    pair = (Thing(CAT, CAT.drawings[0], colour="red"), Thing(CONCEPTS[1], CONCEPTS[1].drawings[0], colour="green"))
    left, right = halves(small_composer(128).paint(Scene(pair, "3d", "white"), random.Random(0)))
    assert [thing_colours(half)[0] for half in (left, right)] == ["red", "green"]


def test_a_shard_is_the_same_whenever_it_is_composed() -> None:
    (captions, pictures), (again, repainted) = (compose_shard(small_composer(), 5, STYLES, 8) for _ in range(2))
    assert captions == again
    assert len(captions) == len(pictures) // PER_CAPTION
    assert np.array_equal(pictures, repainted)
