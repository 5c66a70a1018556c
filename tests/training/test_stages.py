from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from diffusion.adapters.controlnet import load_controlnet
from diffusion.adapters.lora import apply, read_lora
from diffusion.checkpoint.load import load_checkpoint, load_clip, load_clip_vision
from diffusion.memory import open_memory
from diffusion.vae.preview import decode_tiny
from diffusion.vae.tiny_files import find_tiny_decoder
from diffusion.vision import embed_pictures, embed_texts
from tests.training.small import CONCEPTS, small_composer
from training.networks import open_networks
from training.starter.pool import PER_CAPTION, read_pool
from training.starter.recipe import QUICK
from training.starter.stages import Bench, clip, controlnet, export, grid, latents, lora, preview, unet, vae


def bench_with_sprites(folder: Path) -> Bench:
    np.savez(folder / "sprites.npz", allow_pickle=False, **small_composer().sprites)
    recipe = replace(
        QUICK,
        concepts=len(CONCEPTS),
        shard=16,
        vae_samples=32,
        unet_samples=32,
        control_samples=16,
        lora_samples=16,
        preview_samples=16,
        clip_samples=16,
    )
    return Bench(folder, recipe, torch.float32)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A bench whose U-Net was trained for two steps."""
    bench = bench_with_sprites(tmp_path_factory.mktemp("starter"))
    for stage in (vae, latents, unet):
        stage(bench)
    return bench


def test_the_pool_has_a_caption_for_every_pair_of_latents(trained: Bench) -> None:
    pool = read_pool(trained.pool)
    assert pool.latents.shape == (32, 4, 8, 8)
    assert len(pool.captions) * PER_CAPTION == len(pool)


def test_a_filled_pool_is_left_alone(trained: Bench) -> None:
    before = [path.stat().st_mtime_ns for path in sorted(trained.pool.iterdir())]
    latents(trained)
    assert [path.stat().st_mtime_ns for path in sorted(trained.pool.iterdir())] == before


def test_what_is_exported_is_the_average_and_not_the_last_weights(trained: Bench) -> None:
    export(trained)
    averages = torch.load(trained.unet / "state.pt", weights_only=True)["learner"]["averages"]
    exported = open_networks(trained.checkpoint).unet.state_dict()
    assert all(torch.equal(averages[f"unet.{name}"].half().float(), value) for name, value in exported.items())


def test_a_cooled_run_ends_at_its_goal_and_leaves_the_main_run_alone(trained: Bench) -> None:
    before = (trained.unet / "state.pt").read_bytes()
    unet(replace(trained, cool_down=32))
    cooled = torch.load(trained.work / "unet-cooled" / "state.pt", weights_only=True)["learner"]
    assert cooled["samples"] == 64
    assert cooled["optimiser"]["param_groups"][0]["lr"] == 0
    assert (trained.unet / "state.pt").read_bytes() == before


def test_what_goes_with_the_checkpoint_is_trained_and_loads_over_it(trained: Bench) -> None:
    export(trained)
    for stage in (preview, clip, lora, controlnet):
        stage(trained)
    memory, out = open_memory(torch.device("cpu")), trained.export
    loaded = load_checkpoint(trained.checkpoint, memory)
    decoder = find_tiny_decoder(loaded.model, (out / "vae_approx").iterdir(), memory)
    assert decoder is not None
    assert decode_tiny(decoder, torch.zeros(1, 4, 8, 8)).size == (64, 64)
    text = load_clip(out / "text_encoders" / "easel-starter-clip-text.safetensors", memory)
    vision = load_clip_vision(out / "clip_vision" / "easel-starter-clip-vision.safetensors", memory)
    assert (
        embed_texts(text, vision, ["a cat"], memory).shape
        == embed_pictures(vision, torch.zeros(1, 64, 64, 3), memory).shape
    )
    style = read_lora(out / "loras" / "easel-starter-line-drawing.safetensors")
    changed = apply(loaded.model, None, style, 1.0, 0.0)[0].adapters[0].parameters()
    assert any(".resnets." in name for name in changed)
    assert any(".transformer_blocks." in name for name in changed)
    control = load_controlnet(out / "controlnet" / "easel-starter-edges.safetensors", memory)
    assert any(bool(value.abs().max() > 0) for name, value in control.handle.weights.items() if "mid_block." in name)


@pytest.mark.slow
def test_a_grid_is_painted_from_a_saved_state(trained: Bench) -> None:
    grid(trained)
    assert list(trained.unet.glob("grid-*.png"))
