"""Loader nodes and the files of models/: which are offered, and what they become."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from diffusion.checkpoint.load import load_vae
from diffusion.errors import BadFile
from diffusion.memory import Memory, open_memory
from diffusion.vae import decode
from diffusion.vae.tiny import build_tiny_decoder, build_tiny_encoder
from diffusion.vae.tiny_files import VAE_KEY, vae_fingerprint
from files.errors import NoSuchFile
from files.folders import Folders
from nodes.loaders import load_checkpoint_file, load_clip_vision_file, load_text_encoder, load_vae_file
from tests.diffusion.tiny import write_sd1_checkpoint


@pytest.fixture
def memory() -> Memory:
    return open_memory(torch.device("cpu"))


@pytest.fixture
def folders(tmp_path: Path, memory: Memory) -> Folders:
    """A checkpoint, a VAE, and in vae_approx a decoder for that checkpoint and the encoder to it."""
    for kind in ("checkpoints", "vae", "vae_approx", "text_encoders"):
        (tmp_path / "models" / kind).mkdir(parents=True)
    checkpoint = write_sd1_checkpoint(tmp_path / "models/checkpoints/small.safetensors")
    write_sd1_checkpoint(tmp_path / "models/vae/own.safetensors", parts=("vae",))
    write_sd1_checkpoint(tmp_path / "models/text_encoders/clip.safetensors", parts=("text",))
    approx = tmp_path / "models/vae_approx"
    about = {VAE_KEY: vae_fingerprint(load_vae(checkpoint, memory))}
    save_file(build_tiny_decoder(8).state_dict(), approx / "small_decoder.safetensors", about)
    save_file(build_tiny_encoder(8).state_dict(), approx / "small_encoder.safetensors")
    return Folders(tmp_path)


def test_a_checkpoint_brings_the_decoder_that_reads_its_latents(folders: Folders, memory: Memory) -> None:
    loaded = load_checkpoint_file(ckpt_name="small.safetensors", folders=folders, memory=memory)
    assert loaded.model.preview is not None
    assert (loaded.model.preview.name, loaded.model.preview.width) == ("small_decoder.safetensors", 8)


def test_tiny_vaes_are_chosen_among_vaes_by_what_stands_before_decoder(folders: Folders, memory: Memory) -> None:
    tiny = load_vae_file(vae_name="small", folders=folders, memory=memory)
    whole = load_vae_file(vae_name="own.safetensors", folders=folders, memory=memory)
    latents = torch.zeros(1, 4, 2, 2)
    assert decode(tiny, latents, memory).shape == decode(whole, latents, memory).shape == (1, 16, 16, 3)
    with pytest.raises(NoSuchFile, match="There is no file 'nothing' in vae"):
        load_vae_file(vae_name="nothing", folders=folders, memory=memory)


def test_a_text_encoder_is_loaded_alone_and_other_files_are_told_apart(folders: Folders, memory: Memory) -> None:
    clip = load_text_encoder(clip_name="clip.safetensors", folders=folders, memory=memory)
    assert clip.encoder.weights["embeddings.token_embedding.weight"].shape[1] == 32
    (folders.base / "models/clip_vision").mkdir()
    write_sd1_checkpoint(folders.base / "models/clip_vision/wrong.safetensors", parts=("vae",))
    with pytest.raises(BadFile, match="holds no CLIP image tower; it is a KL autoencoder"):
        load_clip_vision_file(clip_name="wrong.safetensors", folders=folders, memory=memory)
