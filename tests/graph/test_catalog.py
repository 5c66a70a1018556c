"""Node types by name."""

from __future__ import annotations

import pytest

from graph.catalog import nearest
from tests.graph.samples import CATALOG


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("Samplr", "Sampler"),
        ("sampler", "Sampler"),
        ("Add numbers", "Add"),
        ("plus", "Add"),
        ("Xyzzy", None),
        ("", None),
    ],
)
def test_a_wrong_name_suggests_what_was_meant(wrong: str, right: str | None) -> None:
    assert CATALOG.suggest(wrong) == right


def test_an_absurdly_long_name_is_no_work() -> None:
    assert nearest("x" * 10_000_000, ["Sampler"]) is None
