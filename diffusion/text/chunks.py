"""A prompt as chunks of 77 tokens: start, 75 tokens, end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from diffusion.text.tokenizer import ClipTokenizer
from diffusion.text.weights import parse_weights, split_embeddings

CHUNK = 77
# A group of tokens shorter than this is not cut in two at a chunk's end.
SMALLEST_CUT = 8
NO_ID = -1


@dataclass(frozen=True)
class Token:
    """A token id and its weight. vector: ``(width,)``, stands in the id's place, which then is NO_ID."""

    id: int
    weight: float = 1.0
    vector: Tensor | None = None


# Answers the vectors ``(tokens, width)`` of an embedding by name, or None when there is none of that name.
Embed = Callable[[str], Tensor | None]


def make_chunks(prompt: str, tokenizer: ClipTokenizer, embed: Embed) -> list[list[Token]]:
    """The prompt's tokens in chunks, each with start, end and padding; an empty prompt is one chunk."""
    limit = CHUNK - 1
    chunks = [[Token(tokenizer.start)]]
    for group in _token_groups(prompt, tokenizer, embed):
        rest: Sequence[Token] = group
        while rest:
            room = limit - len(chunks[-1])
            if len(rest) <= room:
                chunks[-1].extend(rest)
                break
            if len(group) >= SMALLEST_CUT:
                chunks[-1].extend(rest[:room])
                rest = rest[room:]
            chunks.append([Token(tokenizer.start)])
    return [_closed(chunk, tokenizer) for chunk in chunks]


def empty_chunk(tokenizer: ClipTokenizer) -> list[Token]:
    """What the encoder sees when nothing is said."""
    return _closed([Token(tokenizer.start)], tokenizer)


def _closed(chunk: list[Token], tokenizer: ClipTokenizer) -> list[Token]:
    padding = [Token(tokenizer.pad)] * (CHUNK - len(chunk) - 1)
    return [*chunk, Token(tokenizer.end), *padding]


def _token_groups(prompt: str, tokenizer: ClipTokenizer, embed: Embed) -> list[list[Token]]:
    """Tokens that belong together: a run of text of one weight, or the vectors of one embedding."""
    groups: list[list[Token]] = []
    for segment in parse_weights(prompt):
        for name, text in split_embeddings(segment.text):
            vectors = embed(name) if name else None
            if vectors is not None:
                groups.append([Token(NO_ID, segment.weight, vector) for vector in vectors])
            groups.append([Token(id_, segment.weight) for id_ in tokenizer.ids(text)])
    return [group for group in groups if group]
