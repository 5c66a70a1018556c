from __future__ import annotations

import pytest

from diffusion.text.weights import Segment, parse_weights, split_embeddings


@pytest.mark.parametrize(
    ("prompt", "segments"),
    [
        ("a cat", [("a cat", 1.0)]),
        ("", [("", 1.0)]),
        ("a (cat) b", [("a ", 1.0), ("cat", 1.1), (" b", 1.0)]),
        ("((cat))", [("cat", 1.1 * 1.1)]),
        ("(cat:1.3)", [("cat", 1.3)]),
        ("(a (cat) b:0.5)", [("a ", 0.5), ("cat", 0.5 * 1.1), (" b", 0.5)]),
        ("((cat:1.3) dog)", [("cat", 1.3), (" dog", 1.1)]),
        ("(cat:-1)", [("cat", -1.0)]),
        ("(time 12:30)", [("time 12", 30.0)]),
        ("(ratio a:b)", [("ratio a:b", 1.1)]),
        ("[cat]", [("[cat]", 1.0)]),
        (r"a \(cat\) b", [("a (cat) b", 1.0)]),
        (r"(\(cat\):1.2)", [("(cat)", 1.2)]),
        (r"back\slash", [(r"back\slash", 1.0)]),
        ("a (cat", [("a ", 1.0), ("(cat", 1.0)]),
        ("a) cat", [("a) cat", 1.0)]),
        ("a) (cat) (dog)", [("a) (cat) (dog)", 1.0)]),
        ("()", []),
    ],
)
def test_brackets_weigh_words(prompt: str, segments: list[tuple[str, float]]) -> None:
    assert parse_weights(prompt) == [Segment(text, weight) for text, weight in segments or [("", 1.0)]]


def test_embeddings_are_found_by_name() -> None:
    found = split_embeddings("a embedding:bad_hands, x\nembedding:sub/other-1")

    assert found == [(None, "a "), ("bad_hands", ", x\n"), ("sub/other-1", "")]
