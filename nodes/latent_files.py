"""Latents in files: safetensors, with the workflow that made them."""

from __future__ import annotations

from typing import Annotated

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from diffusion.values import Latent
from files.errors import FileProblem
from files.folders import Folders
from files.save import Saver, fill_in
from graph.node import Done, node
from graph.spec import Choice, Text
from nodes.ports import LATENT
from nodes.workflow_tags import PngInfo, Prompt, workflow_tags

# Files without this key hold latents that SD1's factor was already applied to.
VERSION_KEY = "latent_format_version_0"
OLD_FACTOR = 0.18215


@node("SaveLatent", category="_for_testing", output=True, needs_device=False, not_idempotent=True)
def save_latent(
    *,
    samples: LATENT,
    filename_prefix: Annotated[
        str, Text(), "Start of the file name; may hold a folder and %date:yyyy-MM-dd%."
    ] = "latents/Easel",
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[None]:
    """Write the latent into the output folder. Moved to the input folder, LoadLatent finds it."""
    tensors = {"latent_tensor": samples.samples.contiguous(), VERSION_KEY: torch.tensor([])}
    data = save(tensors, workflow_tags(saver, prompt, extra_pnginfo))
    width, height = samples.samples.shape[-1] * 8, samples.samples.shape[-2] * 8
    saved = saver.save(
        lambda file: file.write(data), fill_in(filename_prefix, width, height), ".latent", place="output"
    )
    return Done((), {"latents": [saved]})


@node("LoadLatent", category="_for_testing", needs_device=False)
def load_latent(
    *,
    latent: Annotated[str, Choice(folder="input", upload="latent"), "A .latent file of the input folder."],
    folders: Folders,
) -> LATENT:
    """A latent that SaveLatent wrote."""
    path = folders.find("input", latent)
    try:
        with safe_open(path, "pt") as file:
            names = set(file.keys())
            samples = file.get_tensor("latent_tensor").float()
    except (SafetensorError, OSError) as error:
        raise FileProblem(f"{path.name} holds no latent that can be read ({error}).") from error
    return Latent(samples if VERSION_KEY in names else samples / OLD_FACTOR)
