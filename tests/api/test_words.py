"""GET /words: what prompts are completed from."""

from __future__ import annotations

import json
from pathlib import Path

from api.words import read_words, tell_words
from files.folders import STARTER, Folders
from tests.api.running import Client


def test_the_words_beside_a_folder_of_checkpoints_are_read_each_once_and_what_is_no_word_is_left_out(
    tmp_path: Path,
) -> None:
    (tmp_path / "models").mkdir()
    fox = {"word": "fox", "aliases": ["red fox", 3]}
    known = {"concepts": [fox, {"no": 1}, 7], "styles": ["flat", "fox"], "other": ["no"]}
    (tmp_path / "models" / "words.json").write_text(json.dumps(known))
    found = read_words(Folders(tmp_path))
    assert found[:3] == ["fox", "red fox", "flat"]
    assert "no" not in found
    assert len(found) == len(set(found))


def test_a_list_that_cannot_be_read_has_no_words(tmp_path: Path) -> None:
    folders = Folders(tmp_path, extra={"checkpoints": (tmp_path / "a" / "checkpoints",)})
    before = read_words(folders)
    (tmp_path / "a").mkdir()
    for broken in ("{", "[1]", '{"concepts": null}'):
        (tmp_path / "a" / "words.json").write_text(broken)
        assert read_words(folders) == before


def test_the_words_are_told_as_paragraphs_by_group(tmp_path: Path) -> None:
    folders = Folders(tmp_path, extra={"checkpoints": (tmp_path / "a" / "checkpoints",)})
    (tmp_path / "a").mkdir()
    known = {"concepts": [{"word": "quokka", "group": "marsupials"}, {"word": "wombat", "group": "marsupials"}]}
    (tmp_path / "a" / "words.json").write_text(json.dumps(known))
    assert "**marsupials**: quokka, wombat" in tell_words(folders).split("\n\n")


async def test_the_starter_models_own_words_are_offered(client: Client) -> None:
    words = await client.get("/words")
    starter = json.loads((STARTER / "words.json").read_text())
    assert {concept["word"] for concept in starter["concepts"]} <= set(words)
