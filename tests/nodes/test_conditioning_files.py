"""Conditionings in files: what is written is read again, by anyone who knows the form."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from diffusion.errors import BadFile
from diffusion.values import Area, Cond, Conditioning
from files.folders import Folders
from files.save import Saver
from graph.errors import UserError
from nodes.conditioning_files import load_conditioning, save_conditioning

COND = Cond(
    torch.arange(6.0).reshape(1, 2, 3),
    pooled=torch.tensor([[7.0, 8.0]]),
    strength=0.5,
    start_percent=0.25,
    extra={"guidance": 3.5, "reference_latents": [torch.ones(1, 2), torch.zeros(2, 2)], "nothing": None},
)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "models/embeddings").mkdir(parents=True)
    return Folders(tmp_path)


def saved(folders: Folders, conditioning: Conditioning) -> Path:
    save_conditioning(conditioning=conditioning, filename_prefix="c", saver=Saver(folders))
    [path] = folders.place("output").glob("c_*.safetensors")
    return path


def test_a_saved_conditioning_comes_back_with_its_options(folders: Folders) -> None:
    saved(folders, (COND,)).rename(folders.base / "models/embeddings/mine.safetensors")
    [found] = load_conditioning(conditioning_name="mine.safetensors", folders=folders)
    assert torch.equal(found.tokens, COND.tokens)
    assert found.pooled is not None
    assert torch.equal(found.pooled, torch.tensor([[7.0, 8.0]]))
    assert (found.strength, found.start_percent, found.end_percent) == (0.5, 0.25, 1.0)
    assert found.extra["guidance"] == 3.5
    assert [part.shape for part in found.extra["reference_latents"]] == [(1, 2), (2, 2)]
    assert "nothing" not in found.extra


def test_the_file_names_its_parts_as_other_programs_do(folders: Folders) -> None:
    with safe_open(saved(folders, (COND,)), "pt") as file:
        assert set(file.keys()) == {"conditioning", "pooled_output", "reference_latents.0", "reference_latents.1"}
        options = json.loads(file.metadata()["conditioning_options"])
    assert options == {"strength": 0.5, "start_percent": 0.25, "guidance": 3.5}


def test_a_file_with_a_bare_tensor_is_a_conditioning(folders: Folders) -> None:
    save_file({"conditioning": torch.ones(1, 4, 2)}, folders.base / "models/embeddings/bare.safetensors")
    [found] = load_conditioning(conditioning_name="bare.safetensors", folders=folders)
    assert (found.tokens.tolist(), found.pooled) == ([[[1.0, 1.0]] * 4], None)


def test_more_than_ten_parts_of_a_list_keep_their_order(folders: Folders) -> None:
    parts = {f"many.{index}": torch.tensor([float(index)]) for index in range(12)}
    save_file({"conditioning": torch.ones(1, 1, 1), **parts}, folders.base / "models/embeddings/m.safetensors")
    [found] = load_conditioning(conditioning_name="m.safetensors", folders=folders)
    assert [float(part) for part in found.extra["many"]] == list(range(12))


@pytest.mark.parametrize(
    "conditioning", [(), (COND, COND), (replace(COND, area=Area(8, 8, 0, 0)),), (Cond(COND.tokens, extra={"a": {}}),)]
)
def test_what_no_file_can_hold_is_refused(folders: Folders, conditioning: Conditioning) -> None:
    with pytest.raises(UserError):
        save_conditioning(conditioning=conditioning, saver=Saver(folders))


def test_a_file_without_a_conditioning_says_what_it_holds(folders: Folders) -> None:
    save_file({"emb_params": torch.ones(2, 4)}, folders.base / "models/embeddings/word.safetensors")
    with pytest.raises(BadFile, match="emb_params"):
        load_conditioning(conditioning_name="word.safetensors", folders=folders)


@pytest.mark.parametrize(
    "options", ["no json", "[]", '{"area": [1]}', '{"area": 7}', '{"strength": "x"}', '{"end_percent": null}']
)
def test_broken_options_are_refused(folders: Folders, options: str) -> None:
    path = folders.base / "models/embeddings/broken.safetensors"
    save_file({"conditioning": torch.ones(1, 1, 1)}, path, metadata={"conditioning_options": options})
    with pytest.raises(BadFile, match="conditioning_options"):
        load_conditioning(conditioning_name="broken.safetensors", folders=folders)


@pytest.mark.parametrize("tokens", [torch.ones(77, 8), torch.ones(0), torch.ones(1, 77, 8, dtype=torch.int64)])
def test_tokens_of_another_shape_are_refused(folders: Folders, tokens: torch.Tensor) -> None:
    save_file({"conditioning": tokens}, folders.base / "models/embeddings/odd.safetensors")
    with pytest.raises(BadFile, match=r"not \(1, tokens, width\)"):
        load_conditioning(conditioning_name="odd.safetensors", folders=folders)
