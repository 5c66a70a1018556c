"""The things that the starter model can paint, and the words for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).parent / "concepts.txt"
_IRREGULAR = {"fish": "fish", "sheep": "sheep", "mouse": "mice", "wolf": "wolves", "leaf": "leaves"}
_IRREGULAR |= {"grapes": "grapes", "cherries": "cherries", "fries": "fries", "scissors": "scissors", "dice": "dice"}
_IRREGULAR |= {"earth": "earths", "corn": "corn", "broccoli": "broccoli", "bread": "bread", "popcorn": "popcorn"}
# Words that take no article: they are plural, or a stuff.
_NO_ARTICLE = {"grapes", "cherries", "fries", "scissors", "bread", "broccoli", "corn", "popcorn", "lightning", "fire"}


@dataclass(frozen=True)
class Concept:
    """A thing with a word. drawings: icon names, the main one first. aliases: other words that mean it.

    tintable: whether it is still itself in another colour (a rainbow is not).
    """

    word: str
    group: str
    drawings: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    tintable: bool = True


@cache
def all_concepts() -> tuple[Concept, ...]:
    """Every concept of the table, in its order."""
    concepts: list[Concept] = []
    group = ""
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            group = line.strip("[]")
        elif line and not line.startswith("#"):
            concepts.append(_parse(line, group))
    return tuple(concepts)


def find_concept(word: str) -> Concept:
    """The concept with this word. Raises KeyError."""
    return _by_word()[word]


def plural(word: str) -> str:
    """More than one of it: "two apples"."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith(("s", "x", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def with_article(words: str, head: str) -> str:
    """ "a red apple", "an orange cat"; words whose head takes no article stay as they are."""
    if head in _NO_ARTICLE:
        return words
    # "a ufo", "a unicorn": written with a vowel, spoken without.
    vowel = words[0] in "aeiou" and not words.startswith(("uf", "uni"))
    return f"{'an' if vowel else 'a'} {words}"


@cache
def _by_word() -> dict[str, Concept]:
    return {concept.word: concept for concept in all_concepts()}


def _parse(line: str, group: str) -> Concept:
    head, _, rest = line.partition("=")
    drawings, _, aliases = rest.partition("|")
    words = tuple(alias.strip() for alias in aliases.split(",") if alias.strip())
    word = head.strip()
    return Concept(word.rstrip("*"), group, tuple(drawings.split()), words, tintable=not word.endswith("*"))
