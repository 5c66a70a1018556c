from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from diffusion.adapters.controlnet import load_controlnet
from diffusion.checkpoint.load import load_checkpoint, load_clip
from diffusion.memory import open_memory
from diffusion.vae.tiny import build_tiny_decoder
from tests.training.small import small_composer
from training.networks import open_networks
from training.starter.clip_pair import ClipPair, VisionConfig, VisionTower, embed_pictures
from training.starter.control import HINT_WIDTHS, edges
from training.starter.export import export_checkpoint, export_clip, export_controlnet
from training.starter.narrow import narrow_unet
from training.starter.recipe import FULL, QUICK, STARTER
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


def test_edges_are_where_the_picture_changes() -> None:
    picture = torch.zeros(1, 3, 16, 16)
    picture[:, :, :, 8:] = 1
    lines = edges(picture)
    assert lines.shape == (1, 3, 16, 16)
    assert lines[0, 0, 5].nonzero().flatten().tolist() == [7, 8]


def test_the_clip_pair_is_one_file_whose_text_tower_loads(tmp_path: Path) -> None:
    pair = small_pair()
    export_clip(pair, tmp_path)
    path = tmp_path / "clip_vision" / "easel-starter-clip.safetensors"
    clip = load_clip(path, open_memory(torch.device("cpu")))
    own = dict(pair.text.named_parameters()).keys() - {"text_projection.weight"}
    names = load_file(path).keys()
    assert clip.encoder.weights.keys() - {"text_projection.weight"} == own
    assert "text_projection.weight" in names
    assert {"visual_projection.weight", "vision_model.embeddings.class_embedding", "logit_scale"} <= names
    assert "vision_model.encoder.layers.0.self_attn.q_proj.weight" in names


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
    from diffusion.text.clip import ClipConfig, ClipTextModel
    from diffusion.text.tokenizer import ClipTokenizer
    from training.starter.clip_pair import HEADS, PROJECTION, WIDTH
    from training.starter.recipe import VOCAB_MERGES

    tokenizer = ClipTokenizer(VOCAB_MERGES)
    torch.manual_seed(0)
    text = ClipTextModel(ClipConfig(tokenizer.rows, 77, WIDTH, 1, HEADS, 4 * WIDTH, PROJECTION))
    return ClipPair(text, VisionTower(VisionConfig(64, layers=1)), tokenizer, scale=10.0)


def test_quick_is_the_full_recipe_with_smaller_numbers() -> None:
    assert QUICK.begin_from is None
    assert QUICK.unet.widths == (32, 64, 64)
    assert small_composer().side == QUICK.side
    assert [width // FULL.unet.widths[0] * FULL.unet.widths[0] for width in FULL.unet.widths] == [*FULL.unet.widths]


def test_the_shipped_checkpoint_loads() -> None:
    loaded = load_checkpoint(SHIPPED, open_memory(torch.device("cpu")))
    assert loaded.clip is not None
    assert loaded.vae is not None
