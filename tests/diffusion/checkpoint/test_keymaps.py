"""Our name maps against diffusers' own converter, which is private and slow, and so only a witness."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint, convert_ldm_vae_checkpoint
from safetensors.torch import load_file

from diffusion.checkpoint.configs.unet import UNetConfig, infer_unet
from diffusion.checkpoint.configs.vae import VaeConfig, infer_vae
from diffusion.checkpoint.detect import find_parts
from diffusion.checkpoint.fill import build_filled
from diffusion.checkpoint.header import TensorInfo
from diffusion.checkpoint.keymaps.ldm_unet import unet_name
from diffusion.checkpoint.keymaps.ldm_vae import vae_name
from diffusion.checkpoint.weights_file import open_weights
from diffusion.families.sd1 import build_unet
from tests.diffusion.tiny import Widths, unet_shapes, vae_shapes, write_sd1_checkpoint

FULL = Widths(
    unet=(320, 640, 1280, 1280),
    attention=(True, True, True, False),
    unet_layers=2,
    vae=(128, 256, 512, 512),
    vae_layers=2,
    text=768,
)
SMALL = Widths(unet=(32, 64, 64), attention=(False, True, False))


@pytest.mark.parametrize("widths", [FULL, SMALL], ids=["as published", "small"])
def test_unet_names_are_those_of_diffusers(widths: Widths) -> None:
    names = [name for name, _ in unet_shapes(widths)]
    prefix = "model.diffusion_model."
    theirs = convert_ldm_unet_checkpoint(
        {prefix + name: name for name in names}, {"layers_per_block": widths.unet_layers}
    )

    ours = {unet_name(name, widths.unet_layers): name for name in names}

    assert ours == theirs


def test_vae_names_are_those_of_diffusers() -> None:
    names = [name for name, _ in vae_shapes(FULL)]
    levels = ("x",) * 4
    meta = {"first_stage_model." + name: torch.empty(shape, device="meta") for name, shape in vae_shapes(FULL)}
    theirs = convert_ldm_vae_checkpoint(meta, {"down_block_types": levels, "up_block_types": levels})

    assert {vae_name(name, 4) for name in names} == theirs.keys()


def test_a_name_that_the_layout_lacks_maps_to_nothing() -> None:
    assert [unet_name("input_blocks.1.9.weight", 2), vae_name("encoder.whatever.weight", 4)] == [None, None]


def test_the_network_paints_what_it_paints_when_diffusers_converts_it(tmp_path: Path) -> None:
    path = write_sd1_checkpoint(tmp_path / "tiny.safetensors", parts=["unet"], dtype=torch.float32)
    part = find_parts(open_weights(path))["denoiser"]
    config = infer_unet(part.tensors, None, path.name)
    theirs = build_unet(config)
    theirs.load_state_dict(convert_ldm_unet_checkpoint(load_file(path), {"layers_per_block": 1}))

    ours = build_filled(lambda: build_unet(config), part, open_weights(path), lambda name: unet_name(name, 1))

    asked = torch.randn(1, 4, 8, 8), torch.tensor([500.0]), torch.randn(1, 77, 32)
    with torch.no_grad():
        assert torch.equal(ours.eval()(*asked).sample, theirs.eval()(*asked).sample)


def test_configs_of_the_published_sizes_are_read_off_the_shapes() -> None:
    unet = {name: TensorInfo(torch.float16, shape) for name, shape in unet_shapes(FULL)}
    vae = {name: TensorInfo(torch.float16, shape) for name, shape in vae_shapes(FULL)}

    assert infer_unet(unet, None, "x") == UNetConfig(4, 4, (320, 640, 1280, 1280), 2, (1, 1, 1, 0), 1, 768)
    assert infer_vae(vae, None, "x") == VaeConfig(4, 3, (128, 256, 512, 512), 2, 32, True)
