"""What a training picture shows, as data: its caption and its pixels are made from the same scene."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

from training.starter.concepts import Concept, all_concepts

# Colour words and what they look like, in 0..255.
COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (222, 40, 48),
    "orange": (248, 132, 28),
    "yellow": (252, 212, 44),
    "green": (48, 172, 72),
    "blue": (44, 108, 228),
    "purple": (140, 72, 208),
    "pink": (248, 120, 184),
    "brown": (136, 84, 48),
    "black": (36, 36, 40),
    "white": (255, 255, 255),
    "grey": (150, 152, 156),
}
# Those that an object can be painted in.
OBJECT_COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")
PLACES = ("on grass", "at night", "at sunset", "in the snow", "on the beach", "under water")
STYLES = ("3d", "flat", "cartoon")
POSITIONS = ("left", "right", "top", "bottom")
NUMBERS = {2: "two", 3: "three"}

# Pairs of concept and colour that training never shows: the model must compose them (the evaluation asks for them).
HELD_OUT = frozenset(
    {
        ("cat", "blue"),
        ("elephant", "pink"),
        ("apple", "purple"),
        ("car", "green"),
        ("rocket", "yellow"),
        ("frog", "orange"),
        ("owl", "red"),
        ("heart", "brown"),
        ("ghost", "green"),
        ("fish", "purple"),
        ("house", "pink"),
        ("penguin", "red"),
        ("mushroom", "blue"),
        ("robot", "orange"),
        ("star", "purple"),
        ("cupcake", "yellow"),
    }
)


@dataclass(frozen=True)
class Thing:
    """One object of a scene. colour: None = its own. drawing: which of the concept's drawings."""

    concept: Concept
    drawing: str
    colour: str | None = None
    word: str | None = None

    @property
    def name(self) -> str:
        return self.word or self.concept.word


@dataclass(frozen=True)
class Scene:
    """A picture before it is one.

    background: a colour word, or one of PLACES. position: None = in the middle. size: "small", "big" or None.
    count: how often the single thing is shown. Two things stand left and right.
    says_style, says_background: whether the caption mentions them.
    """

    things: tuple[Thing, ...]
    style: str
    background: str
    position: str | None = None
    size: str | None = None
    count: int = 1
    says_style: bool = False
    says_background: bool = False


def sample_scene(
    rng: random.Random,
    styles: tuple[str, ...] = STYLES,
    concept: Concept | None = None,
    concepts: tuple[Concept, ...] | None = None,
) -> Scene:
    """A scene at random of ``concepts`` (None = all), the first uniform unless given. Held-out pairs never come up."""
    concepts = concepts or all_concepts()
    thing = _sample_thing(rng, concept or rng.choice(concepts), tint=0.3)
    style, says_style = _sample_style(rng, styles)
    background, says_background = _sample_background(rng)
    things: tuple[Thing, ...] = (thing,)
    position = size = None
    count = 1
    match rng.choices(("plain", "position", "size", "count", "pair"), weights=(36, 7, 8, 4, 45))[0]:
        case "position":
            position = rng.choice(POSITIONS)
        case "size":
            size = rng.choice(("small", "big"))
        case "count":
            count = rng.choice((2, 2, 3))
        case "pair":
            other = rng.choice([c for c in concepts if c is not thing.concept])
            things = (thing, _sample_thing(rng, other, tint=0.25))
        case _:
            pass
    return Scene(things, style, background, position, size, count, says_style, says_background)


@cache
def allowed_colours(concept: Concept) -> tuple[str, ...]:
    """The colours that training shows this concept in, besides its own."""
    if not concept.tintable:
        return ()
    return tuple(colour for colour in OBJECT_COLOURS if (concept.word, colour) not in HELD_OUT)


def _sample_thing(rng: random.Random, concept: Concept, tint: float) -> Thing:
    main, *others = concept.drawings
    drawing = rng.choice(others) if others and rng.random() < 0.35 else main
    colours = allowed_colours(concept)
    colour = rng.choice(colours) if colours and rng.random() < tint else None
    word = rng.choice(concept.aliases) if concept.aliases and rng.random() < 0.15 else None
    return Thing(concept, drawing, colour, word)


def _sample_style(rng: random.Random, styles: tuple[str, ...]) -> tuple[str, bool]:
    """(style, whether it is said). Unsaid styles mix, so that seeds of one prompt differ; most are the first."""
    if rng.random() < 0.3:
        return rng.choice(styles), True
    return rng.choices(styles, weights=(60, 20, 20)[: len(styles)])[0], False


def _sample_background(rng: random.Random) -> tuple[str, bool]:
    """(background, whether it is said). Unsaid is white."""
    chance = rng.random()
    if chance < 0.45:
        return "white", chance < 0.02
    if chance < 0.82:
        return rng.choice(tuple(COLOURS)), True
    return rng.choice(PLACES), True
