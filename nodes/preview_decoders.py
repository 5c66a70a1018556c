"""Tiny decoders from models/vae_approx, laid beside a model for the previews of its latents."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from diffusion.memory import Memory
from diffusion.model import Model
from diffusion.vae.tiny_files import find_tiny_decoder
from files.errors import FileProblem
from files.folders import Folders


def with_preview(model: Model, folders: Folders, memory: Memory) -> Model:
    """The model with the decoder that reads its latents, where there is one."""
    return replace(model, preview=find_tiny_decoder(model, _files(folders), memory))


def _files(folders: Folders) -> list[Path]:
    found = []
    for name in folders.names("vae_approx"):
        try:
            found.append(folders.find("vae_approx", name))
        except FileProblem:  # gone since it was listed
            continue
    return found
