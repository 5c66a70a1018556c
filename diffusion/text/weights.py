"""The prompt's grammar: ``(words:1.2)`` weighs words, ``embedding:name`` stands for a learnt vector."""

from __future__ import annotations

import re
from dataclasses import dataclass

# What plain brackets multiply the weight by.
EMPHASIS = 1.1

_LEXEMES = re.compile(r"\\[()]|[()]|[^\\()]+|\\")
_EMBEDDING = re.compile(r"(?:^|(?<=\s))embedding:")


@dataclass(frozen=True)
class Segment:
    """A run of text of one weight."""

    text: str
    weight: float = 1.0


def parse_weights(prompt: str) -> list[Segment]:
    r"""The prompt as segments: ``(x)`` weighs 1.1 times its surroundings, ``(x:1.3)`` exactly 1.3; brackets nest.

    ``\(`` and ``\)`` are brackets of the text itself; ``[x]`` is plain text; a bracket left open is plain text too.
    """
    lexemes = _LEXEMES.findall(prompt)
    segments = _parse(lexemes, 1.0)
    return [Segment(text, weight) for text, weight in segments] or [Segment("")]


def _parse(lexemes: list[str], weight: float) -> list[tuple[str, float]]:
    segments: list[tuple[str, float]] = []
    for group in _groups(lexemes):
        if len(group) > 1 and group[0] == "(" and group[-1] == ")":
            inner, own = _explicit_weight(group[1:-1])
            segments += _parse(inner, weight * EMPHASIS if own is None else own)
        else:
            segments.append(("".join(_unescape(lexeme) for lexeme in group), weight))
    return [segment for segment in segments if segment[0]]


def _groups(lexemes: list[str]) -> list[list[str]]:
    """Top-level brackets, each whole, and the text between them.

    The depth may fall below 0: after a stray ``)`` the next ``(`` opens nothing. The field reads prompts so.
    """
    groups: list[list[str]] = [[]]
    depth = 0
    for lexeme in lexemes:
        if lexeme == "(":
            if depth == 0:
                groups.append([])
            depth += 1
        groups[-1].append(lexeme)
        if lexeme == ")":
            depth -= 1
            if depth == 0:
                groups.append([])
    return [group for group in groups if group]


def _explicit_weight(lexemes: list[str]) -> tuple[list[str], float | None]:
    """What is in a bracket, and the number after its last colon, if there is one."""
    if not lexemes:
        return lexemes, None
    text, colon, number = lexemes[-1].rpartition(":")
    # A colon at the very beginning of the bracket weighs nothing.
    if not colon or (not text and len(lexemes) == 1):
        return lexemes, None
    try:
        return [*lexemes[:-1], text], float(number)
    except ValueError:
        return lexemes, None


def _unescape(lexeme: str) -> str:
    return lexeme[1] if lexeme in (r"\(", r"\)") else lexeme


def split_embeddings(text: str) -> list[tuple[str | None, str]]:
    """(embedding's name or None, text after it) in order: ``"a embedding:x b"`` gives (None, "a"), ("x", "b").

    A name ends at white space; a trailing comma is text.
    """
    first, *rest = _EMBEDDING.split(text)
    parts: list[tuple[str | None, str]] = [(None, first)]
    for part in rest:
        match = re.match(r"\S*?(?=,*(?:\s|$))", part)
        name = match.group() if match else ""
        parts.append((name, part[len(name) :]))
    return parts
