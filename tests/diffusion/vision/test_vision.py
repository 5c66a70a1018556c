"""CLIP's image tower: what it computes, how pictures are prepared for it, and how files of it are read."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from diffusion.checkpoint.load import load_clip, load_clip_vision
from diffusion.errors import BadFile, DiffusionError
from diffusion.memory import Memory, Precision
from diffusion.vision import embed_pictures, embed_texts, encode_pictures
from diffusion.vision.encode import DEVIATION, MEAN, prepare
from diffusion.vision.tower import VisionConfig, VisionTower
from tests.diffusion.tiny import METADATA, Widths, random_weights, text_shapes, write_sd1_checkpoint

CONFIG = VisionConfig(side=16, patch=4, width=32, layers=3, heads=2, mlp_width=48, projection=24)


@pytest.fixture
def memory() -> Memory:
    return Memory(torch.device("cpu"), Precision(text=torch.float32))


def small_tower(config: VisionConfig = CONFIG) -> VisionTower:
    torch.manual_seed(0)
    tower = VisionTower(config).requires_grad_(False)
    for value in tower.parameters():
        nn.init.normal_(value, std=0.2)
    return tower


def write_tower(path: Path, tower: VisionTower, extra: dict[str, Tensor] | None = None) -> Path:
    save_file({**tower.state_dict(), **(extra or {})}, path, {"vision_heads": str(tower.config.heads)})
    return path


def by_torch(tower: VisionTower, pictures: Tensor) -> tuple[Tensor, Tensor]:
    """(last hidden state, embedding) by torch's own encoder layers, which are given the same weights."""
    config, weights = tower.config, tower.state_dict()
    layers = []
    for number in range(config.layers):
        start = f"vision_model.encoder.layers.{number}."
        layer = nn.TransformerEncoderLayer(
            config.width, config.heads, config.mlp_width, 0.0, lambda x: x * torch.sigmoid(1.702 * x),
            batch_first=True, norm_first=True,
        )  # fmt: skip
        names = {"self_attn.out_proj": "self_attn.out_proj", "linear1": "mlp.fc1", "linear2": "mlp.fc2",
                 "norm1": "layer_norm1", "norm2": "layer_norm2"}  # fmt: skip
        state = {f"{to}.{leaf}": weights[f"{start}{of}.{leaf}"] for to, of in names.items()
                 for leaf in ("weight", "bias")}  # fmt: skip
        for leaf in ("weight", "bias"):
            parts = [weights[f"{start}self_attn.{part}_proj.{leaf}"] for part in "qkv"]
            state[f"self_attn.in_proj_{leaf}"] = torch.cat(parts)
        layer.load_state_dict(state)
        layers.append(layer.eval())
    embeddings = tower.vision_model.embeddings
    patches = nn.functional.unfold(pictures, config.patch, stride=config.patch)
    patches = patches.transpose(1, 2) @ embeddings.patch_embedding.weight.flatten(1).T
    x = torch.cat([embeddings.class_embedding.expand(len(patches), 1, -1), patches], 1)
    x = tower.vision_model.pre_layrnorm(x + embeddings.position_embedding.weight)
    with torch.no_grad():
        for layer in layers:
            x = layer(x)
    return x, tower.vision_model.post_layernorm(x[:, 0]) @ weights["visual_projection.weight"].T


def test_a_loaded_tower_agrees_with_torchs_own_transformer(tmp_path: Path, memory: Memory) -> None:
    tower = small_tower()
    vision = load_clip_vision(write_tower(tmp_path / "tower.safetensors", tower), memory)
    assert vision.config == CONFIG
    image = torch.rand(3, 16, 16, 3, generator=torch.Generator().manual_seed(1))
    answer = encode_pictures(vision, image, memory)
    last, embedding = by_torch(tower, prepare(image, 16))
    assert torch.allclose(answer.last_hidden_state, last, atol=1e-4)
    assert torch.allclose(answer.image_embeds, embedding, atol=1e-4)
    assert answer.penultimate_hidden_states.shape == last.shape
    assert not torch.allclose(answer.penultimate_hidden_states, last)
    assert answer["image_embeds"] is answer.image_embeds
    with pytest.raises(KeyError):
        answer["nothing"]


def test_pictures_are_cropped_or_squeezed_into_a_square_and_normalised() -> None:
    image = torch.zeros(1, 8, 24, 3)
    image[:, :, 8:16] = 1.0
    white, black = ((torch.tensor(level) - torch.tensor(MEAN)) / torch.tensor(DEVIATION) for level in (1.0, 0.0))
    cropped = prepare(image, 8, "center")[0]
    assert torch.allclose(cropped, white[:, None, None].expand(3, 8, 8), atol=1e-6)
    squeezed = prepare(image, 8, "none")[0]
    assert torch.allclose(squeezed[:, 4, 0], black, atol=0.05)
    assert torch.allclose(squeezed[:, 4, 4], white, atol=0.05)


def test_a_file_without_an_image_tower_is_refused_with_the_right_loader(tmp_path: Path, memory: Memory) -> None:
    path = write_sd1_checkpoint(tmp_path / "whole.safetensors", parts=("text",))
    with pytest.raises(BadFile, match=r"holds no CLIP image tower; it is a CLIP text encoder. Load it with CLIPLoader"):
        load_clip_vision(path, memory)
    tower = write_tower(tmp_path / "tower.safetensors", small_tower())
    with pytest.raises(
        BadFile, match=r"holds no text encoder; it is a CLIP image tower. Load it with CLIPVisionLoader"
    ):
        load_clip(tower, memory)


def write_clip(path: Path, projection: int | None = 24) -> Path:
    """A whole CLIP model: both towers in one file, as the field's files of that name have them."""
    text = {f"text_model.{name}": shape for name, shape in text_shapes(Widths())}
    if projection:
        text["text_projection.weight"] = (projection, 32)
    weights = {**random_weights(text), **small_tower().half().state_dict(), "logit_scale": torch.tensor(4.6)}
    save_file(weights, path, {**METADATA, "vision_heads": "2"})
    return path


def test_both_towers_of_one_file_are_loaded_with_the_projections_beside_them(tmp_path: Path, memory: Memory) -> None:
    path = write_clip(tmp_path / "clip.safetensors")
    clip, vision = load_clip(path, memory), load_clip_vision(path, memory)
    assert clip.encoder.weights["text_projection.weight"].shape == (24, 32)
    texts = embed_texts(clip, vision, ["a cat", "a dog", ""], memory)
    pictures = embed_pictures(vision, torch.rand(2, 16, 16, 3), memory)
    assert (texts.shape, pictures.shape) == ((3, 24), (2, 24))
    assert torch.allclose(torch.cat([texts, pictures]).norm(dim=1), torch.ones(5), atol=1e-5)


def test_towers_that_do_not_belong_together_say_so(tmp_path: Path, memory: Memory) -> None:
    vision = load_clip_vision(write_tower(tmp_path / "tower.safetensors", small_tower()), memory)
    unprojected = load_clip(write_clip(tmp_path / "plain.safetensors", None), memory)
    with pytest.raises(DiffusionError, match="has no text_projection"):
        embed_texts(unprojected, vision, ["a"], memory)
    other = load_clip(write_clip(tmp_path / "wide.safetensors", 16), memory)
    with pytest.raises(DiffusionError, match=r"gives 16 numbers a text and .* 24 a picture"):
        embed_texts(other, vision, ["a"], memory)
