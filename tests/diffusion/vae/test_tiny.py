"""Tiny autoencoders in TAESD's layout: as VAEs, and as decoders that previews are painted with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from safetensors.torch import save_file
from torch import Tensor

from diffusion.checkpoint.load import Checkpoint, load_checkpoint
from diffusion.errors import BadFile, DiffusionError
from diffusion.memory import Memory, Precision
from diffusion.vae import decode, encode
from diffusion.vae.preview import Preview
from diffusion.vae.tiny_files import VAE_KEY, find_tiny_decoder, load_tiny_vae, vae_fingerprint
from tests.diffusion.tiny import write_sd1_checkpoint

WIDTH = 8


@pytest.fixture
def memory() -> Memory:
    return Memory(torch.device("cpu"), Precision())


def reference() -> AutoencoderTiny:
    """Diffusers' own TAESD, narrow, with random weights."""
    torch.manual_seed(0)
    widths = (WIDTH,) * 4
    return AutoencoderTiny(encoder_block_out_channels=widths, decoder_block_out_channels=widths).eval()


def write_pair(folder: Path, network: AutoencoderTiny, about: dict[str, str] | None = None) -> tuple[Path, Path]:
    """(decoder's file, encoder's file) in the published layout: a decoder counts its squashing as layer 0."""
    decoder = {_later(name): value for name, value in network.decoder.layers.state_dict().items()}
    paths = folder / "taesd_decoder.safetensors", folder / "taesd_encoder.safetensors"
    save_file(decoder, paths[0], about)
    save_file(dict(network.encoder.layers.state_dict()), paths[1])
    return paths


def _later(name: str) -> str:
    place, _, rest = name.partition(".")
    return f"{int(place) + 1}.{rest}"


def test_a_pair_of_files_is_a_vae_that_agrees_with_diffusers(tmp_path: Path, memory: Memory) -> None:
    network = reference()
    vae = load_tiny_vae(*write_pair(tmp_path, network), memory)
    picture = torch.rand(2, 32, 24, 3, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        scaled: Tensor = network.encode(picture.movedim(-1, 1) * 2 - 1).latents
        painted: Tensor = network.decode(scaled).sample / 2 + 0.5
    latents = encode(vae, picture, memory)
    assert torch.allclose(latents * 0.18215, scaled, atol=1e-4)
    assert torch.allclose(decode(vae, latents, memory), painted.movedim(1, -1).clamp(0, 1), atol=1e-4)


def test_a_decoder_alone_paints_and_says_that_it_cannot_encode(tmp_path: Path, memory: Memory) -> None:
    vae = load_tiny_vae(write_pair(tmp_path, reference())[0], None, memory)
    assert decode(vae, torch.zeros(1, 4, 2, 3), memory).shape == (1, 16, 24, 3)
    with pytest.raises(DiffusionError, match="decoder only"):
        encode(vae, torch.zeros(1, 16, 16, 3), memory)


def test_a_file_of_another_kind_is_refused_with_what_it_holds(tmp_path: Path, memory: Memory) -> None:
    path = write_sd1_checkpoint(tmp_path / "whole_decoder.safetensors")
    with pytest.raises(BadFile, match="no tiny VAE"):
        load_tiny_vae(path, None, memory)


@pytest.fixture
def checkpoint(tmp_path: Path, memory: Memory) -> Checkpoint:
    torch.manual_seed(0)
    return load_checkpoint(write_sd1_checkpoint(tmp_path / "small.safetensors"), memory)


def test_a_decoder_is_found_by_the_vae_that_it_names(tmp_path: Path, memory: Memory, checkpoint: Checkpoint) -> None:
    assert checkpoint.vae is not None
    decoder, encoder = write_pair(tmp_path, reference(), {VAE_KEY: vae_fingerprint(checkpoint.vae)})
    found = find_tiny_decoder(checkpoint.model, [encoder, decoder], memory)
    assert found is not None
    assert found.name == "taesd_decoder.safetensors"
    write_pair(tmp_path, reference(), {VAE_KEY: "another"})
    assert find_tiny_decoder(checkpoint.model, [encoder, decoder], memory) is None


def test_the_fields_decoder_serves_full_width_models_and_those_without_a_vae_only(
    tmp_path: Path, memory: Memory, checkpoint: Checkpoint
) -> None:
    """The small checkpoint's VAE is narrower than Stable Diffusion's: its latents are another language."""
    decoder, _ = write_pair(tmp_path, reference())
    assert find_tiny_decoder(checkpoint.model, [decoder], memory) is None
    assert find_tiny_decoder(replace(checkpoint.model, vae=None), [decoder], memory) is not None


def test_a_broken_decoder_leaves_previews_as_they_are(
    tmp_path: Path, memory: Memory, checkpoint: Checkpoint, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "taesd_decoder.safetensors"
    path.write_bytes(b"nothing")
    assert find_tiny_decoder(checkpoint.model, [path], memory) is None
    assert "taesd_decoder.safetensors" in caplog.text


def test_the_method_says_who_paints_a_preview(tmp_path: Path, memory: Memory, checkpoint: Checkpoint) -> None:
    network = reference()
    decoder, _ = write_pair(tmp_path, network)
    model = replace(checkpoint.model, vae=None)
    with_decoder = replace(model, preview=find_tiny_decoder(model, [decoder], memory))
    x0 = torch.randn(1, 4, 4, 4, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        pixels = (network.decode(x0).sample[0] / 2 + 0.5).clamp(0, 1).movedim(0, -1).mul(255).byte()
    rough = Preview(model, x0, memory).paint("taesd")
    exact = Preview(with_decoder, x0, memory)
    assert exact.paint("latent2rgb").tobytes() == rough.tobytes()
    for method in ("auto", "taesd"):
        shown = torch.tensor(list(exact.paint(method).tobytes())).reshape(32, 32, 3)
        assert (shown - pixels.int()).abs().max() <= 1


def test_a_large_picture_is_decoded_for_previews_only_when_asked_for(tmp_path: Path, memory: Memory) -> None:
    model = replace(load_checkpoint(write_sd1_checkpoint(tmp_path / "a.safetensors"), memory).model, vae=None)
    decoder, _ = write_pair(tmp_path, reference())
    model = replace(model, preview=find_tiny_decoder(model, [decoder], memory))
    preview = Preview(model, torch.zeros(1, 4, 130, 130), memory)
    assert preview.paint("auto").tobytes() == preview.paint("latent2rgb").tobytes()
    assert preview.paint("taesd").size == (512, 512)
