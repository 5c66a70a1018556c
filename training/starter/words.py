"""The word list beside the weights: what prompt completion offers and the docs name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from training.starter.concepts import Concept
from training.starter.scene import COLOURS, NUMBERS, OBJECT_COLOURS, PLACES, POSITIONS, STYLES


def write_words(path: Path, concepts: Iterable[Concept], side: int) -> None:
    """Every word that the model was trained on, as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(list_words(concepts, side), indent=1) + "\n", encoding="utf-8")


def list_words(concepts: Iterable[Concept], side: int) -> dict[str, Any]:
    """concepts with group and aliases; colours of things, colours and places behind them; styles, positions ..."""
    return {
        "model": "easel-starter.safetensors",
        "side": side,
        "cfg": 3.0,
        "concepts": [
            {"word": concept.word, "group": concept.group} | ({"aliases": concept.aliases} if concept.aliases else {})
            for concept in concepts
        ],
        "colours": OBJECT_COLOURS,
        "backgrounds": tuple(COLOURS),
        "places": PLACES,
        "styles": STYLES,
        "positions": POSITIONS,
        "sizes": ("small", "big"),
        "numbers": tuple(NUMBERS.values()),
        "examples": (
            "a red apple",
            "a penguin on a pink background",
            "a flat icon of a fox",
            "a cartoon of a bee",
            "a castle at night",
            "two strawberries",
            "a cat and a dog",
            "a camera on the right",
        ),
    }
