"""A CLIP pair in the graph: loaded from its files, asked how alike pictures and texts are."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from diffusion.memory import Memory, open_memory
from diffusion.text.tokenizer import ClipTokenizer
from files.folders import Folders
from graph.errors import UserError
from graph.run import Run
from nodes.clip_vision import Sorted, encode_picture, filter_pictures, score_pictures
from nodes.data_sets import filter_records, records_to_images, score_records
from nodes.lessons import learn_similarity
from nodes.loaders import load_clip_vision_file, load_text_encoder
from training.datasets import Ledger, Record
from training.datasets.source import Source
from training.starter.clip_pair import ClipPair, build_towers
from training.starter.export import export_clip
from training.starter.recipe import VOCAB_MERGES

RUN = Run("run", emit=lambda _: None)


class Pair:
    """Two towers in the files that the starter model's have, below models/, and what nodes ask for."""

    def __init__(self, folder: Path) -> None:
        torch.manual_seed(0)
        tokenizer = ClipTokenizer(VOCAB_MERGES)
        export_clip(ClipPair(*build_towers(32, tokenizer.rows), tokenizer, 10.0), folder / "models")
        self.folders = Folders(folder)
        self.memory: Memory = open_memory(torch.device("cpu"))
        self.clip = load_text_encoder(
            clip_name="easel-starter-clip-text.safetensors", folders=self.folders, memory=self.memory
        )
        self.vision = load_clip_vision_file(
            clip_name="easel-starter-clip-vision.safetensors", folders=self.folders, memory=self.memory
        )


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return Pair(tmp_path_factory.mktemp("pair"))


def pictures(count: int, side: int = 32) -> torch.Tensor:
    return torch.rand(count, side, side, 3, generator=torch.Generator().manual_seed(1))


def test_the_files_are_offered_where_their_kind_is(pair: Pair) -> None:
    assert "easel-starter-clip-text.safetensors" in pair.folders.names("text_encoders")
    assert "easel-starter-clip-vision.safetensors" in pair.folders.names("clip_vision")


def test_a_picture_is_encoded_in_the_fields_three_forms(pair: Pair) -> None:
    answer = encode_picture(clip_vision=pair.vision, image=pictures(2, 50), memory=pair.memory)
    shapes = [tuple(answer[name].shape) for name in ("last_hidden_state", "penultimate_hidden_states", "image_embeds")]
    assert shapes == [(2, 5, 128), (2, 5, 128), (2, 128)]


def test_scores_are_cosines_and_their_mean(pair: Pair) -> None:
    found = score_pictures(
        clip=pair.clip, clip_vision=pair.vision, images=pictures(3), text="a cat", memory=pair.memory
    )
    assert len(found.scores) == 3
    assert all(-1 <= score <= 1 for score in found.scores)
    assert found.mean == pytest.approx(sum(found.scores) / 3)


def filtered(pair: Pair, threshold: float, most: int = 100) -> Sorted:
    return filter_pictures(
        clip=[pair.clip], clip_vision=[pair.vision], images=[pictures(3)], texts=["a cat", "a dog", "a red car"],
        threshold=[threshold], most=[most], memory=pair.memory, run=RUN,
    )  # fmt: skip


def test_the_filter_keeps_what_reaches_the_threshold_the_best_first(pair: Pair) -> None:
    everything = filtered(pair, -1.0)
    scores = [float(line.split()[0]) for line in everything.report.splitlines()[1:]]
    assert scores == sorted(scores, reverse=True)
    assert (len(everything.images), len(everything.left_out)) == (3, 0)
    halved = filtered(pair, (scores[0] + scores[1]) / 2)
    assert halved.texts == everything.texts[:1]
    assert torch.equal(halved.images[0], everything.images[0])
    assert len(halved.left_out) == 2
    assert filtered(pair, -1.0, most=1).texts == halved.texts
    assert halved.report.startswith("1 of 3 pictures stay.")


def test_captions_that_do_not_match_the_pictures_are_told(pair: Pair) -> None:
    with pytest.raises(UserError, match="3 pictures and 2 captions"):
        filter_pictures(
            clip=[pair.clip], clip_vision=[pair.vision], images=[pictures(3)], texts=["a", "b"], memory=pair.memory,
            run=RUN,
        )  # fmt: skip
    with pytest.raises(UserError, match="Load the text tower with CLIPLoader"):
        score_pictures(clip=None, clip_vision=pair.vision, images=pictures(1), text="a", memory=pair.memory)  # type: ignore[arg-type]  # what an unlinked checkpoint gives


def test_the_lesson_draws_a_table_of_pictures_and_texts(pair: Pair) -> None:
    sheet = learn_similarity(
        clip=[pair.clip], clip_vision=[pair.vision], images=[pictures(2)], texts=["a cat\n a dog \n\n", "a car"],
        memory=pair.memory,
    )  # fmt: skip
    assert sheet.shape[0] == 1
    # As wide as the line below the table; with more pictures, as wide as these.
    assert sheet.shape[2] == 770
    many = learn_similarity(
        clip=[pair.clip], clip_vision=[pair.vision], images=[pictures(5)], texts=["a cat"], memory=pair.memory
    )
    assert many.shape[2] == 240 + 5 * 128 + 8
    assert float(sheet.std()) > 0.1
    with pytest.raises(UserError, match="a picture and a text"):
        learn_similarity(clip=[pair.clip], clip_vision=[pair.vision], images=[], texts=["a"], memory=pair.memory)


def test_records_are_scored_where_their_file_says_nothing_and_then_filtered(pair: Pair, tmp_path: Path) -> None:
    for name in "ab":
        Image.new("RGB", (32, 32), (255, 0, 0)).save(tmp_path / f"{name}.png")
    (tmp_path / "broken.png").write_bytes(b"nothing")
    known = [
        Record("1", ("a red thing",), path=tmp_path / "a.png"),
        Record("2", ("a red thing",), path=tmp_path / "b.png", similarity=0.9),
        Record("3", ("a red thing",), url="http://x/3"),
        Record("4", ("a red thing",), path=tmp_path / "broken.png"),
    ]
    source = Source("small", lambda ledger: (ledger.accept(record) for record in known))
    scored = score_records(records=source, clip=pair.clip, clip_vision=pair.vision, memory=pair.memory)
    ledger = Ledger()
    found = {record.id: record.similarity for record in scored.records(ledger)}
    assert list(found) == ["1", "2", "3"]
    assert found["2"] == 0.9
    assert found["3"] is None
    assert (ledger.good, ledger.bad) == (4, 1)
    similar = filter_records(records=scored, similarity=0.89)
    assert records_to_images(records=similar, count=4, run=RUN).texts == ["a red thing"]
    again = score_records(records=source, clip=pair.clip, clip_vision=pair.vision, again=True, memory=pair.memory)
    scores = [record.similarity for record in again.records(Ledger())]
    assert scores[0] == scores[1] == found["1"]
