from __future__ import annotations

import pytest

from diffusion.text.tokenizer import ClipTokenizer

# Ids that CLIP's published tokenizer gives (recorded from open_clip_torch 3.3.0).
KNOWN = {
    "a photo of a cat": [320, 1125, 539, 320, 2368],
    "A Photo  of a\ncat": [320, 1125, 539, 320, 2368],
    "": [],
    "it's 42!": [585, 568, 275, 273, 256],
    "masterpiece, best quality": [12066, 267, 949, 3027],
    "½ x² naïve Ωmega 東京 snake_case \U0001f600": [
        *[33613, 343, 41175, 1097, 35689, 563, 139, 231, 9068, 48338, 21078, 361, 8798, 318, 2068, 7334]
    ],
}


@pytest.mark.parametrize("text", KNOWN)
def test_ids_are_those_of_clip(text: str) -> None:
    assert ClipTokenizer().ids(text) == KNOWN[text]


def test_start_and_end_are_the_last_two_ids() -> None:
    assert (ClipTokenizer().start, ClipTokenizer().end, ClipTokenizer().rows) == (49406, 49407, 49408)


def test_a_cut_vocabulary_gives_the_same_ids_to_the_words_it_keeps() -> None:
    cut = ClipTokenizer(merges=5630)

    assert (cut.ids("a photo of a cat"), cut.start, cut.end) == (KNOWN["a photo of a cat"], 6142, 6143)


def test_a_cut_vocabulary_spells_what_it_lacks_in_pieces_it_has() -> None:
    pieces = ClipTokenizer(merges=300).ids("masterpiece")

    assert len(pieces) > 1
    assert max(pieces) < ClipTokenizer(merges=300).start


@pytest.mark.parametrize("text", ["½", "日本", "naïve", "\U0001f600", "a\u200bb", "﷽", "_", "x²"])
def test_any_text_has_ids(text: str) -> None:
    assert all(0 <= id_ < 49406 for id_ in ClipTokenizer().ids(text))
    assert ClipTokenizer().ids(text)
