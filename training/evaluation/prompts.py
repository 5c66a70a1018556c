"""The prompts that models are measured on: fixed in prompts.json before the training that they measure."""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path

from training.starter.concepts import all_concepts, with_article
from training.starter.scene import COLOURS, HELD_OUT, allowed_colours

PROMPTS_FILE = Path(__file__).parent / "prompts.json"
_SEED = 20


@dataclass(frozen=True)
class Prompt:
    """What is asked, and what a right picture shows. concepts: one, or the left and the right one.

    background, colour, position: None where nothing is asked. held_out: the pair of concept and colour was kept out
    of training.
    """

    text: str
    concepts: tuple[str, ...]
    background: str | None = None
    colour: str | None = None
    position: str | None = None
    held_out: bool = False


def read_prompts(path: Path = PROMPTS_FILE) -> list[Prompt]:
    """The fixed prompts."""
    entries = json.loads(path.read_text(encoding="utf-8"))
    return [Prompt(**{**entry, "concepts": tuple(entry["concepts"])}) for entry in entries]


def write_prompts(path: Path = PROMPTS_FILE) -> None:
    """Draw the 200 prompts. Run once, before training: afterwards the file stays as it is."""
    prompts = draw_prompts(random.Random(_SEED))
    lines = ",\n".join(json.dumps({k: v for k, v in asdict(p).items() if v}) for p in prompts)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def draw_prompts(rng: random.Random) -> list[Prompt]:
    """80 concepts as they are, 34 on a coloured background, 30 coloured, 20 left or right, 20 pairs, 16 held out."""
    concepts = [concept.word for concept in all_concepts()]
    tintable = [concept for concept in all_concepts() if concept.tintable]
    backgrounds = [colour for colour in COLOURS if colour != "white"]
    prompts = [Prompt(with_article(word, word), (word,)) for word in rng.sample(concepts, 80)]
    for word in rng.sample(concepts, 34):
        colour = rng.choice(backgrounds)
        behind = with_article(f"{colour} background", "background")
        prompts.append(Prompt(f"{with_article(word, word)} on {behind}", (word,), background=colour))
    for concept in rng.sample(tintable, 30):
        colour = rng.choice(allowed_colours(concept))
        prompts.append(Prompt(with_article(f"{colour} {concept.word}", concept.word), (concept.word,), colour=colour))
    for index, word in enumerate(rng.sample(concepts, 20)):
        side = ("left", "right")[index % 2]
        prompts.append(Prompt(f"{with_article(word, word)} on the {side}", (word,), position=side))
    shuffled = rng.sample(concepts, 40)
    for left, right in zip(shuffled[::2], shuffled[1::2], strict=True):
        prompts.append(Prompt(f"{with_article(left, left)} and {with_article(right, right)}", (left, right)))
    for word, colour in sorted(HELD_OUT):
        prompts.append(Prompt(with_article(f"{colour} {word}", word), (word,), colour=colour, held_out=True))
    return prompts
