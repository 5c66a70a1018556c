from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from diffusion.adapters.controlnet import load_controlnet
from diffusion.adapters.lora import apply, read_lora
from diffusion.checkpoint.load import load_checkpoint, load_clip, load_clip_vision
from diffusion.memory import open_memory
from diffusion.vae.tiny_files import find_tiny_decoder
from diffusion.vision import embed_texts
from training.starter.command import main


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_quick_recipe_builds_every_file_from_packages_and_each_loads(tmp_path: Path) -> None:
    """Fetches the artwork from npm."""
    assert shutil.which("npm"), "npm is needed to fetch the artwork"
    assert main(["all", "--quick", "--work", str(tmp_path)]) == 0
    memory = open_memory(torch.device("cpu"))
    out = tmp_path / "export"
    loaded = load_checkpoint(out / "checkpoints" / "easel-starter.safetensors", memory)
    assert loaded.clip is not None
    assert loaded.vae is not None
    model, _ = apply(loaded.model, None, read_lora(out / "loras" / "easel-starter-line-drawing.safetensors"), 1.0, 0.0)
    assert len(model.adapters) == 1
    load_controlnet(out / "controlnet" / "easel-starter-edges.safetensors", memory)
    clip = load_clip(out / "text_encoders" / "easel-starter-clip-text.safetensors", memory)
    vision = load_clip_vision(out / "clip_vision" / "easel-starter-clip-vision.safetensors", memory)
    assert embed_texts(clip, vision, ["a cat"], memory).shape == (1, vision.config.projection)
    assert find_tiny_decoder(loaded.model, (out / "vae_approx").iterdir(), memory) is not None
    words = json.loads((out / "words.json").read_text(encoding="utf-8"))
    assert len(words["concepts"]) == 8


def test_a_stage_without_its_forerunner_says_which_to_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert main(["export", "--quick", "--work", str(tmp_path)]) == 1
    assert "Run the stage 'vae' first." in caplog.text
