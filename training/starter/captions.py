"""Sentences for scenes, in several wordings."""

from __future__ import annotations

import random

from training.starter.concepts import plural, with_article
from training.starter.scene import NUMBERS, PLACES, Scene, Thing

_POSITIONS = {
    "left": ("on the left", "to the left"),
    "right": ("on the right", "to the right"),
    "top": ("at the top",),
    "bottom": ("at the bottom",),
}
_STYLES = {
    "3d": ("a 3d icon of {}", "{}, 3d"),
    "flat": ("a flat icon of {}", "{}, flat"),
    "cartoon": ("a cartoon of {}", "{}, cartoon"),
    "line": ("a line drawing of {}", "{}, line drawing"),
}


def write_caption(scene: Scene, rng: random.Random) -> str:
    """What a user might write to get this scene; everything that it says is in the picture."""
    words = _subject(scene, rng)
    if scene.position:
        words = f"{words} {rng.choice(_POSITIONS[scene.position])}"
    if scene.says_background:
        words = f"{words} {_background(scene.background)}"
    if scene.says_style:
        words = rng.choice(_STYLES[scene.style]).format(words)
    return words


def _subject(scene: Scene, rng: random.Random) -> str:
    if len(scene.things) == 2:
        left, right = (_phrase(thing) for thing in scene.things)
        return rng.choice((f"{left} and {right}", f"{left} on the left and {right} on the right"))
    thing = scene.things[0]
    if scene.count > 1:
        return " ".join(filter(None, (NUMBERS[scene.count], thing.colour, plural(thing.name))))
    return _phrase(thing, scene.size)


def _phrase(thing: Thing, size: str | None = None) -> str:
    return with_article(" ".join(filter(None, (size, thing.colour, thing.name))), thing.name)


def _background(background: str) -> str:
    if background in PLACES:
        return background
    return with_article(f"{background} background", "background").join(("on ", ""))
