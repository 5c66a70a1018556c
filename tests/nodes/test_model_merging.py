"""Models merged and saved: the numbers of weights, and files that load again."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from diffusion.adapters.lora import apply, read_lora
from diffusion.checkpoint.load import Checkpoint, load_checkpoint, load_clip, load_vae
from diffusion.errors import DiffusionError
from diffusion.memory import Handle, Memory, Patched, Precision
from diffusion.model import Model
from files.folders import Folders
from files.save import Saver
from graph.errors import UserError
from nodes import model_merging as merging
from nodes.loaders import load_denoiser_file
from nodes.model_saving import save_checkpoint, save_clip, save_model, save_vae
from tests.diffusion.tiny import Widths, write_sd1_checkpoint

DOWN, MIDDLE, UP, TIME = (
    "down_blocks.0.resnets.0.conv1.weight",
    "mid_block.resnets.0.conv1.weight",
    "up_blocks.0.resnets.0.conv1.weight",
    "time_embedding.linear_1.weight",
)


@pytest.fixture(scope="module")
def memory() -> Memory:
    return Memory(torch.device("cpu"), Precision())


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    base = tmp_path_factory.mktemp("base")
    for name, seed in (("a", 0), ("b", 1)):
        (base / "models/checkpoints").mkdir(parents=True, exist_ok=True)
        write_sd1_checkpoint(base / f"models/checkpoints/{name}.safetensors", seed=seed)
    return Folders(base)


@pytest.fixture(scope="module")
def a(folders: Folders, memory: Memory) -> Checkpoint:
    return load_checkpoint(folders.find("checkpoints", "a.safetensors"), memory)


@pytest.fixture(scope="module")
def b(folders: Folders, memory: Memory) -> Checkpoint:
    return load_checkpoint(folders.find("checkpoints", "b.safetensors"), memory)


def weights(model: Model, memory: Memory) -> dict[str, Tensor]:
    with memory.use(Patched(model.network, model.adapters)) as (module,):
        return {name: value.detach().clone() for name, value in module.named_parameters()}


def raw(network: Handle) -> dict[str, Tensor]:
    return {name: weight.float() for name, weight in network.weights.items()}


def assert_all(got: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert got.keys() == expected.keys()
    for name, value in got.items():
        torch.testing.assert_close(value.float(), expected[name], rtol=1e-3, atol=1e-3, msg=name)


def test_a_simple_merge_lies_between_two_models(a: Checkpoint, b: Checkpoint, memory: Memory) -> None:
    merged = merging.merge_models(model1=a.model, model2=b.model, ratio=0.25)
    first, second = raw(a.model.network), raw(b.model.network)
    assert_all(weights(merged, memory), {name: 0.25 * first[name] + 0.75 * second[name] for name in first})
    assert merging.merge_models(model1=a.model, model2=b.model, ratio=1.0).adapters == ()


def test_blocks_are_merged_by_where_they_stand_and_the_rest_as_the_first(
    a: Checkpoint, b: Checkpoint, memory: Memory
) -> None:
    merged = merging.merge_blocks(model1=a.model, model2=b.model, input=0.2, middle=0.5, out=0.9)
    got, first, second = weights(merged, memory), raw(a.model.network), raw(b.model.network)
    for name, share in {DOWN: 0.2, MIDDLE: 0.5, UP: 0.9, TIME: 0.2, "conv_out.weight": 0.9}.items():
        torch.testing.assert_close(got[name], share * first[name] + (1 - share) * second[name], rtol=1e-3, atol=1e-3)


def test_what_two_models_differ_in_can_be_added_to_a_third(a: Checkpoint, b: Checkpoint, memory: Memory) -> None:
    difference = merging.subtract_models(model1=b.model, model2=a.model, multiplier=1.0)
    assert_all(weights(merging.add_models(model1=a.model, model2=difference), memory), raw(b.model.network))


def test_a_multiplier_is_of_the_whole_difference(a: Checkpoint, b: Checkpoint, memory: Memory) -> None:
    first, second = raw(a.model.network), raw(b.model.network)
    half = merging.subtract_models(model1=a.model, model2=b.model, multiplier=0.5)
    assert_all(weights(half, memory), {name: 0.5 * (first[name] - second[name]) for name in first})
    none = merging.subtract_models(model1=a.model, model2=b.model, multiplier=0.0)
    assert_all(weights(none, memory), {name: torch.zeros_like(first[name]) for name in first})


def test_text_encoders_are_merged_as_models_are(a: Checkpoint, b: Checkpoint, memory: Memory) -> None:
    assert a.clip is not None
    assert b.clip is not None
    first, second = raw(a.clip.encoder), raw(b.clip.encoder)
    merged = merging.merge_clips(clip1=a.clip, clip2=b.clip, ratio=0.5)
    difference = merging.subtract_clips(clip1=b.clip, clip2=a.clip)
    for clip, share in ((merged, 0.5), (merging.add_clips(clip1=a.clip, clip2=difference), 0.0)):
        with memory.use(Patched(clip.encoder, clip.adapters)) as (module,):
            got = {name: value.detach().clone() for name, value in module.named_parameters()}
        assert_all(got, {name: share * first[name] + (1 - share) * second[name] for name in first})


def test_models_of_different_kinds_are_not_merged(a: Checkpoint, folders: Folders, memory: Memory) -> None:
    path = write_sd1_checkpoint(folders.base / "wide.safetensors", widths=Widths(unet=(64, 64)), parts=("unet",))
    with pytest.raises(DiffusionError, match="cannot be merged"):
        merging.merge_models(model1=a.model, model2=load_checkpoint(path, memory).model, ratio=0.5)


# Files


def test_a_saved_checkpoint_has_the_names_formats_and_values_of_its_file(a: Checkpoint, folders: Folders) -> None:
    assert a.clip is not None
    assert a.vae is not None
    save_checkpoint(model=a.model, clip=a.clip, vae=a.vae, filename_prefix="checkpoints/same", saver=Saver(folders))
    saved = load_file(folders.find("checkpoints", "same_00001_.safetensors"))
    original = load_file(folders.find("checkpoints", "a.safetensors"))
    assert saved.keys() == original.keys()
    for name, value in saved.items():
        assert value.dtype == original[name].dtype
        assert torch.equal(value, original[name]), name


def test_a_merge_under_a_lora_is_saved_as_it_computes_and_loads_again(
    a: Checkpoint, b: Checkpoint, folders: Folders, memory: Memory, tmp_path: Path
) -> None:
    module = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
    generator = torch.Generator().manual_seed(0)
    parts = {"lora_up": (32, 2), "lora_down": (2, 32)}
    tensors = {f"{module}.{part}.weight": torch.randn(shape, generator=generator) for part, shape in parts.items()}
    save_file(tensors, tmp_path / "style.safetensors")
    merged = merging.merge_models(model1=a.model, model2=b.model, ratio=0.5)
    styled, _ = apply(merged, None, read_lora(tmp_path / "style.safetensors"), 0.7, 0.0)
    expected = weights(styled, memory)
    save_model(model=styled, filename_prefix="diffusion_models/merged", saver=Saver(folders))
    again = load_denoiser_file(
        unet_name="merged_00001_.safetensors", weight_dtype="default", folders=folders, memory=memory
    )
    assert_all(weights(again, memory), expected)
    assert again.family == a.model.family


def test_text_encoder_and_vae_are_saved_by_themselves_and_load_again(
    a: Checkpoint, folders: Folders, memory: Memory
) -> None:
    assert a.clip is not None
    assert a.vae is not None
    save_clip(clip=a.clip, saver=Saver(folders))
    save_vae(vae=a.vae, saver=Saver(folders))
    clip = load_clip(folders.find("text_encoders", "Easel_00001_.safetensors"), memory)
    vae = load_vae(folders.find("vae", "Easel_vae_00001_.safetensors"), memory)
    assert_all(raw(clip.encoder), raw(a.clip.encoder))
    assert_all(raw(vae.network), raw(a.vae.network))
    assert vae.config == a.vae.config
    with safe_open(folders.find("text_encoders", "Easel_00001_.safetensors"), "pt") as file:
        assert all(name.startswith("text_model.") for name in file.keys())  # noqa: SIM118  # it is no mapping


def test_what_is_not_there_is_not_saved(a: Checkpoint, folders: Folders) -> None:
    with pytest.raises(UserError, match="Link them"):
        save_checkpoint(model=a.model, clip=None, vae=a.vae, saver=Saver(folders))  # type: ignore[arg-type]  # lacking
    with pytest.raises(UserError, match="no VAE"):
        save_vae(vae=None, saver=Saver(folders))  # type: ignore[arg-type]  # lacking
