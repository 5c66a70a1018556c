from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from diffusion.adapters.controlnet import load_controlnet
from diffusion.checkpoint.load import load_checkpoint, load_clip, load_clip_vision
from diffusion.families.sd1 import build_unet
from diffusion.memory import open_memory
from diffusion.pixels.edges import canny
from diffusion.text.tokenizer import ClipTokenizer
from diffusion.vae.tiny import build_tiny_decoder
from diffusion.vision import embed_pictures as pictures_embedded
from diffusion.vision import embed_texts
from tests.training.small import small_composer
from training.networks import open_networks
from training.starter.clip_pair import ClipPair, build_towers, embed_captions, embed_pictures
from training.starter.control import HINT_WIDTHS, begin_control, draw_edges
from training.starter.export import export_checkpoint, export_clip, export_controlnet
from training.starter.narrow import narrow_unet
from training.starter.recipe import FULL, QUICK, STARTER, VOCAB_MERGES
from training.starter.stages import Bench, begin_networks
from training.starter.vae import normalise_latents

SHIPPED = STARTER / "checkpoints" / "easel-starter.safetensors"


def quick_bench(folder: Path) -> Bench:
    """A bench that begins from the shipped weights' VAE and text encoder, with an own tiny U-Net."""
    return Bench(folder, replace(FULL, unet_width=64))


def test_an_exported_checkpoint_loads_as_what_it_was(tmp_path: Path) -> None:
    bench = quick_bench(tmp_path)
    networks = begin_networks(bench)
    path = tmp_path / "out.safetensors"
    export_checkpoint(networks, bench.recipe, path, samples=7)
    loaded = open_networks(path)
    for name in ("unet", "text", "vae"):
        before, after = (dict(getattr(side, name).named_parameters()) for side in (networks, loaded))
        assert before.keys() == after.keys()
        assert all(torch.equal(before[key].half().float(), after[key]) for key in before)
    assert loaded.family == networks.family


def test_an_exported_checkpoint_has_the_names_that_the_shipped_one_has(tmp_path: Path) -> None:
    bench = quick_bench(tmp_path)
    path = tmp_path / "out.safetensors"
    export_checkpoint(begin_networks(bench), bench.recipe, path, samples=7)
    with safe_open(path, "pt") as written, safe_open(SHIPPED, "pt") as shipped:
        assert set(written.keys()) - {"v_pred"} == set(shipped.keys()) - {"v_pred"}
        ours, theirs = written.metadata(), shipped.metadata()
        assert {key: ours[key] for key in ("prediction", "unet_head_dim", "text_heads", "scale_factor", "vocab")} == {
            key: theirs[key] for key in ("prediction", "unet_head_dim", "text_heads", "scale_factor", "vocab")
        }


def test_a_narrowed_u_net_still_knows_something() -> None:
    """On the shipped weights: noise is told from picture far better than by a network without training."""
    networks = open_networks(SHIPPED)
    weights = networks.unet.state_dict()
    present = weights["conv_in.weight"].shape[0]
    if present <= 64:
        pytest.fail("The shipped U-Net is too narrow for this test.")
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(8, 4, 16, 16, generator=generator)
    timesteps = torch.full((8,), 990)
    tokens = torch.zeros(8, 77, networks.text.config.width)
    narrow = begin_networks(Bench(Path(), replace(FULL, unet_width=64)))
    narrow.unet.load_state_dict(narrow_unet(weights, 64))
    with torch.no_grad():
        wide, cut = (
            n.unet(x, timesteps, encoder_hidden_states=tokens, return_dict=False)[0] for n in (networks, narrow)
        )
    correlation = torch.corrcoef(torch.stack([wide.flatten(), cut.flatten()]))[0, 1]
    assert correlation > 0.3


def test_latents_are_normalised_without_changing_the_pictures(tmp_path: Path) -> None:
    network = begin_networks(quick_bench(tmp_path)).vae
    pictures = torch.rand(6, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        before = network.decode(network.encode(pictures).latent_dist.mode()).sample  # type: ignore[operator]  # diffusers is untyped
        normalise_latents(network, pictures)
        latents = network.encode(pictures).latent_dist.mode() * 0.18215  # type: ignore[operator]  # diffusers is untyped
        after = network.decode(latents / 0.18215).sample  # type: ignore[operator]  # diffusers is untyped
    assert torch.allclose(latents.mean(dim=(0, 2, 3)), torch.zeros(4), atol=1e-4)
    assert torch.allclose(latents.std(dim=(0, 2, 3)), torch.ones(4), atol=1e-3)
    assert torch.allclose(before, after, atol=1e-3)


def test_an_exported_controlnet_loads(tmp_path: Path) -> None:
    from diffusers import ControlNetModel

    bench = quick_bench(tmp_path)
    control = ControlNetModel.from_unet(begin_networks(bench).unet, conditioning_embedding_out_channels=HINT_WIDTHS)
    path = tmp_path / "edges.safetensors"
    export_controlnet(control, bench.recipe, path)
    loaded = load_controlnet(path, open_memory(torch.device("cpu")))
    weights = dict(control.named_parameters())
    assert loaded.handle.weights.keys() == weights.keys()
    assert all(torch.equal(value, weights[name].half()) for name, value in loaded.handle.weights.items())


def test_a_controlnet_goes_on_from_its_file_and_begins_anew_for_a_u_net_of_another_shape(tmp_path: Path) -> None:
    bench = quick_bench(tmp_path)
    unet = begin_networks(bench).unet
    before = begin_control(unet, None)
    with torch.no_grad():
        before.controlnet_mid_block.weight.fill_(0.5)
    path = tmp_path / "edges.safetensors"
    export_controlnet(before, bench.recipe, path)
    assert torch.equal(begin_control(unet, path).controlnet_mid_block.weight, before.controlnet_mid_block.weight)
    other = build_unet(replace(bench.recipe, unet_width=32).unet)
    assert not begin_control(other, path).controlnet_mid_block.weight.any()


def test_edges_are_those_of_the_node_canny() -> None:
    picture = np.zeros((1, 16, 16, 3), np.uint8)
    picture[:, :, 8:] = 255
    lines = draw_edges(picture, 0.4)
    assert lines.shape == (1, 3, 16, 16)
    assert torch.equal(lines[0, 0], canny(torch.from_numpy(picture).float() / 255, 0.4, 0.4)[0])
    assert 7 <= lines[0, 0, 8].argmax() <= 8


def test_the_clip_pair_is_two_files_whose_towers_load_and_answer_as_in_training(tmp_path: Path) -> None:
    pair = small_pair()
    export_clip(pair, tmp_path)
    memory = open_memory(torch.device("cpu"))
    clip = load_clip(tmp_path / "text_encoders" / "easel-starter-clip-text.safetensors", memory)
    vision = load_clip_vision(tmp_path / "clip_vision" / "easel-starter-clip-vision.safetensors", memory)
    assert vision.config == pair.vision.config
    captions = ["a red apple", "two strawberries on a blue background"]
    with torch.no_grad():
        said = embed_captions(pair.text, captions, pair.tokenizer)
        pixels = (torch.rand(2, 64, 64, 3, generator=torch.Generator().manual_seed(0)) * 255).round() / 255
        seen = embed_pictures(pair.vision, pixels.movedim(-1, 1) * 2 - 1)
    assert torch.allclose(embed_texts(clip, vision, captions, memory), said, atol=2e-3)
    assert torch.allclose(pictures_embedded(vision, pixels, memory), seen, atol=2e-3)


def test_picture_embeddings_have_unit_length() -> None:
    scene_pictures = torch.rand(2, 3, 64, 64) * 2 - 1
    lengths = embed_pictures(small_pair().vision, scene_pictures).norm(dim=1)
    assert torch.allclose(lengths, torch.ones(2), atol=1e-5)


def test_the_preview_decoder_has_taesd_s_names_and_grows_latents_eightfold() -> None:
    decoder = build_tiny_decoder(width=8)
    names = {name.split(".")[0] for name in decoder.state_dict()}
    # The places of layers with weights in TAESD's published decoder.
    assert names == {str(place) for place in (1, 3, 4, 5, 7, 8, 9, 10, 12, 13, 14, 15, 17, 18, 19)}
    assert "7.bias" not in decoder.state_dict()
    assert decoder(torch.zeros(1, 4, 3, 2)).shape == (1, 3, 24, 16)


def small_pair() -> ClipPair:
    torch.manual_seed(0)
    tokenizer = ClipTokenizer(VOCAB_MERGES)
    return ClipPair(*build_towers(64, tokenizer.rows), tokenizer, scale=10.0)


def test_quick_is_the_full_recipe_with_smaller_numbers() -> None:
    assert QUICK.begin_from is None
    assert QUICK.unet.widths == (32, 64, 64)
    assert small_composer().side == QUICK.side
    assert [width // FULL.unet.widths[0] * FULL.unet.widths[0] for width in FULL.unet.widths] == [*FULL.unet.widths]


def test_the_shipped_checkpoint_loads() -> None:
    loaded = load_checkpoint(SHIPPED, open_memory(torch.device("cpu")))
    assert loaded.clip is not None
    assert loaded.vae is not None
