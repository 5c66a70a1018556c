"""CLIP's tokenizer: lower-cased words cut into pieces by byte pair merges (Sennrich et al. 2016)."""

from __future__ import annotations

import gzip
import re
import unicodedata
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path

MERGES_FILE = Path(__file__).parent / "vocabulary" / "bpe_simple_vocab_16e6.txt.gz"
ALL_MERGES = 48894

# Endings, letters, one digit, anything else. Numbers that are no digits count as letters, but stand alone: ``clean``.
_WORDS = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\w\s]|_)+")
_END_OF_WORD = "</w>"


class ClipTokenizer:
    """Text to token ids.

    merges: how many of CLIP's merges the vocabulary keeps (a small model keeps fewer; its ids below them are the same).
    pad: the id that fills a chunk after its end; None = the end token itself, as in Stable Diffusion 1.
    """

    def __init__(self, merges: int = ALL_MERGES, pad: int | None = None) -> None:
        self.merges = merges
        self.start = 2 * 256 + merges
        self.end = self.start + 1
        self.pad = self.end if pad is None else pad
        self._pieces: dict[str, tuple[int, ...]] = {}

    @property
    def rows(self) -> int:
        """Size of the vocabulary: all ids are below it."""
        return self.end + 1

    def ids(self, text: str) -> list[int]:
        """Token ids of the text, without start, end or padding."""
        return [id_ for word in _WORDS.findall(clean(text)) for id_ in self._word_ids(word)]

    def _word_ids(self, word: str) -> tuple[int, ...]:
        if word not in self._pieces:
            letters = _byte_letters()
            symbols = [letters[byte] for byte in word.encode()]
            symbols[-1] += _END_OF_WORD
            self._pieces[word] = tuple(self._vocabulary[piece] for piece in self._merge(symbols))
        return self._pieces[word]

    def _merge(self, symbols: list[str]) -> list[str]:
        """Join the pair that was learnt first, again and again, until none is known."""
        while len(symbols) > 1:
            pairs = list(pairwise(symbols))
            best = min(pairs, key=lambda pair: self._ranks.get(pair, self.merges))
            if best not in self._ranks:
                break
            joined: list[str] = []
            index = 0
            while index < len(symbols):
                found = tuple(symbols[index : index + 2]) == best
                joined.append("".join(best) if found else symbols[index])
                index += 2 if found else 1
            symbols = joined
        return symbols

    @cached_property
    def _ranks(self) -> dict[tuple[str, str], int]:
        return {pair: rank for rank, pair in enumerate(_all_merges()[: self.merges])}

    @cached_property
    def _vocabulary(self) -> dict[str, int]:
        letters = list(_byte_letters().values())
        words = [*letters, *(letter + _END_OF_WORD for letter in letters), *("".join(pair) for pair in self._ranks)]
        return {word: index for index, word in enumerate(words)}


def clean(text: str) -> str:
    """The text as CLIP's tokenizer takes it: one Unicode form, single spaces, lower case."""
    text = "".join(f" {char} " if _is_sign_of_number(char) else char for char in unicodedata.normalize("NFC", text))
    return " ".join(text.split()).lower()


def _is_sign_of_number(char: str) -> bool:
    """A number that is no digit, such as a half or a Roman numeral sign."""
    return char > "~" and unicodedata.category(char) in ("Nl", "No")


@cache
def _all_merges() -> list[tuple[str, str]]:
    lines = gzip.decompress(MERGES_FILE.read_bytes()).decode().splitlines()[1 : ALL_MERGES + 1]
    return [(first, second) for first, second in (line.split() for line in lines)]


@cache
def _byte_letters() -> dict[int, str]:
    """A printable letter for each byte: itself where it is printable, else one above 255. In the vocabulary's order."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    letters = {byte: chr(byte) for byte in printable}
    others = [byte for byte in range(256) if byte not in letters]
    return letters | {byte: chr(256 + index) for index, byte in enumerate(others)}
