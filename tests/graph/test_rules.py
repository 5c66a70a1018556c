"""``docs/executor-rules.md`` names a test for every rule, and every test that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def read_rules() -> dict[int, list[str]]:
    """The tests of each rule."""
    text = (REPOSITORY / "docs" / "executor-rules.md").read_text("utf-8")
    parts = re.split(r"^(\d+)\. ", text, flags=re.MULTILINE)[1:]
    return {
        int(number): re.findall(r"`(test_\w+)`", part) for number, part in zip(parts[::2], parts[1::2], strict=True)
    }


def test_every_rule_names_a_test() -> None:
    rules = read_rules()
    assert list(rules) == list(range(1, 40))
    assert [number for number, tests in rules.items() if not tests] == []


def test_every_test_that_a_rule_names_exists() -> None:
    written = {
        name
        for file in (REPOSITORY / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", file.read_text("utf-8"))
    }
    assert {name for tests in read_rules().values() for name in tests} - written == set()
