"""The stages of the recipe, each from the files of those before it to its own."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import torch
from torch import nn

from diffusion.families.sd1 import SD1, build_unet
from diffusion.text.clip import ClipTextModel
from diffusion.text.tokenizer import ClipTokenizer
from diffusion.vae.autoencoder import build_autoencoder
from training.errors import TrainingError
from training.learner import Pace
from training.lora import LoraAsk, train_lora
from training.networks import Networks, encode_ids, open_networks, token_ids
from training.starter.artwork import fetch_artwork, load_sprites, render_sprites
from training.starter.clip_pair import train_clip
from training.starter.compose import Composer
from training.starter.concepts import Concept, all_concepts
from training.starter.control import train_control
from training.starter.export import export_checkpoint, export_clip, export_controlnet, export_preview, write_weights
from training.starter.narrow import narrow_unet
from training.starter.pool import compose_shard, encode_pictures, fill_pool
from training.starter.preview import train_preview
from training.starter.recipe import SCALE_FACTOR, Recipe
from training.starter.scene import STYLES
from training.starter.unet import paint_grid, read_averages, train_unet
from training.starter.vae import train_vae
from training.starter.words import write_words

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bench:
    """Where a build works, and by which recipe. dtype: what networks compute in while they train."""

    work: Path
    recipe: Recipe
    dtype: torch.dtype = torch.bfloat16
    cool_down: int = 0

    @property
    def pool(self) -> Path:
        return self.work / "pool"

    @property
    def unet(self) -> Path:
        return self.work / "unet"

    @property
    def export(self) -> Path:
        return self.work / "export"

    @property
    def checkpoint(self) -> Path:
        return self.export / "checkpoints" / "easel-starter.safetensors"

    @property
    def concepts(self) -> tuple[Concept, ...]:
        return all_concepts()[: self.recipe.concepts]

    @cached_property
    def composer(self) -> Composer:
        path = self.work / "sprites.npz"
        if not path.exists():
            raise TrainingError(f"{path} is missing. Run the stages 'fetch' and 'render' first.")
        return Composer(load_sprites(path), self.recipe.side, self.concepts)


def fetch(bench: Bench) -> None:
    """Download the artwork."""
    fetch_artwork(bench.work / "artwork")


def render(bench: Bench) -> None:
    """Draw it as pictures."""
    render_sprites(bench.work / "artwork", bench.concepts, bench.work / "sprites.npz")


def vae(bench: Bench) -> None:
    """Train the autoencoder (nothing to do where the recipe begins from a checkpoint)."""
    if bench.recipe.begin_from is None:
        network = train_vae(bench.recipe, bench.composer, STYLES, bench.work / "vae")
        write_weights(network.state_dict(), {}, bench.work / "vae" / "vae.safetensors")


def latents(bench: Bench) -> None:
    """Compose pictures and encode them."""
    networks = begin_networks(bench)
    fill_pool(bench.pool, bench.composer, networks.vae, SCALE_FACTOR, bench.recipe.shards, STYLES, bench.recipe.shard)


def unet(bench: Bench) -> None:
    """Train the U-Net and its text encoder."""
    recipe, folder = bench.recipe, bench.unet
    pace = Pace(
        total=recipe.unet_samples,
        lr=4e-4,
        warm_up=min(3000, recipe.unet_samples // 10),
        cool_down=0,
        betas=(0.9, 0.995),
        average=0.999,
    )
    if bench.cool_down:
        folder = bench.work / "unet-cooled"
        goal = _begin_cooling(bench, folder)
        # The average must forget the warm weights before the run ends: 200 steps, not 1000.
        pace = replace(pace, total=goal, cool_down=bench.cool_down / goal, average=0.995)
    networks = train_unet(begin_networks(bench), bench.pool, folder, pace, batch=recipe.batch, dtype=bench.dtype)
    paint_grid(networks, recipe.side, recipe.grid).save(folder / f"grid-{pace.total:08}.png")


def grid(bench: Bench) -> None:
    """Paint a grid with the U-Net as it is, also while it trains."""
    networks, samples = read_averages(begin_networks(bench), _finished(bench))
    paint_grid(networks, bench.recipe.side, bench.recipe.grid).save(bench.unet / f"grid-{samples:08}.png")


def export(bench: Bench) -> None:
    """Write the checkpoint and the word list."""
    networks, samples = read_averages(begin_networks(bench), _finished(bench))
    export_checkpoint(networks, bench.recipe, bench.checkpoint, samples)
    write_words(bench.export / "words.json", bench.concepts, bench.recipe.side)
    log.info("Wrote %s (%d samples)", bench.checkpoint, samples)


def controlnet(bench: Bench) -> None:
    """Train the ControlNet for edges on the exported checkpoint."""
    networks = open_networks(_exported(bench))
    control = train_control(
        networks, bench.recipe, bench.composer, STYLES, bench.pool, bench.work / "controlnet", bench.dtype
    )
    export_controlnet(control, bench.recipe, bench.export / "controlnet" / "easel-starter-edges.safetensors")


def lora(bench: Bench) -> None:
    """Train the LoRA of a style that the base model never saw, on the exported checkpoint."""
    networks = open_networks(_exported(bench))
    networks.unet.to(bench.dtype)
    captions, pictures = compose_shard(bench.composer, 30_000, (bench.recipe.lora_style,), bench.recipe.shard)
    rows = torch.from_numpy(encode_pictures(networks.vae, pictures, SCALE_FACTOR))
    with torch.no_grad():
        ids = token_ids(captions, networks.tokenizer)
        tokens = torch.cat(
            [encode_ids(networks.text, part, networks.tokenizer, torch.float32) for part in torch.split(ids, 64)]
        )
    pace = Pace(total=bench.recipe.lora_samples, lr=2e-3, warm_up=500, weight_decay=0.0, average=0.99)
    tokens = tokens.repeat_interleave(len(rows) // len(captions), dim=0)
    weights = train_lora(
        networks,
        rows,
        tokens,
        bench.work / "lora",
        pace,
        LoraAsk(rank=4, alpha=4.0, convolutions=True, batch=bench.recipe.batch),
    )
    write_weights(weights, {"ss_network_dim": "4", "ss_network_alpha": "4.0"}, bench.export / "loras" / _LORA_FILE)


def preview(bench: Bench) -> None:
    """Train the preview decoder."""
    network = train_preview(bench.recipe, bench.composer, STYLES, bench.pool, bench.work / "preview")
    export_preview(network, _with_vae(bench), bench.export / "vae_approx" / "taesd-easel-starter_decoder.safetensors")


def clip(bench: Bench) -> None:
    """Train the CLIP pair."""
    pair = train_clip(bench.recipe, bench.composer, STYLES, bench.work / "clip")
    export_clip(pair, bench.export)


STAGES: dict[str, Callable[[Bench], None]] = {
    stage.__name__: stage for stage in (fetch, render, vae, latents, unet, export, preview, clip, lora, controlnet)
}
# Stages that look on; "all" does without them.
WATCHING: dict[str, Callable[[Bench], None]] = {"grid": grid}
_LORA_FILE = "easel-starter-line-drawing.safetensors"


def begin_networks(bench: Bench) -> Networks:
    """The networks that training begins with: those of a checkpoint, narrowed where need be, or new ones."""
    recipe = bench.recipe
    network = build_unet(recipe.unet).requires_grad_(True)
    if recipe.begin_from is None:
        text = ClipTextModel(recipe.text).float()
        for table in (text.embeddings.token_embedding, text.embeddings.position_embedding):
            nn.init.normal_(table.weight, std=0.02)
        tokenizer = ClipTokenizer(recipe.text.rows - 514)
        return Networks(network, text, _own_vae(bench), tokenizer, SD1(prediction="v"))
    networks = open_networks(recipe.begin_from)
    weights = networks.unet.state_dict()
    present = weights["conv_in.weight"].shape[0]
    if present != recipe.unet_width:
        weights = narrow_unet(weights, recipe.unet_width)
        log.info("The U-Net of %s is narrowed from %d to %d", recipe.begin_from.name, present, recipe.unet_width)
    network.load_state_dict(weights)
    networks.unet = network
    networks.vae.requires_grad_(False)
    return networks


def _own_vae(bench: Bench) -> nn.Module:
    from safetensors.torch import load_file

    path = bench.work / "vae" / "vae.safetensors"
    if not path.exists():
        raise TrainingError(f"{path} is missing. Run the stage 'vae' first.")
    network = build_autoencoder(bench.recipe.vae)
    network.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    return network.eval().requires_grad_(False)


def _finished(bench: Bench) -> Path:
    """The run to export: the cooled one where there is one."""
    cooled = bench.work / "unet-cooled"
    folder = cooled if (cooled / "state.pt").exists() else bench.unet
    if not (folder / "state.pt").exists():
        raise TrainingError(f"{folder} holds no trained U-Net. Run the stage 'unet' first.")
    return folder


def _begin_cooling(bench: Bench, folder: Path) -> int:
    """How many samples the cooled run goes to; it begins as a copy of the main run, or goes on."""
    goal = folder / "goal"
    if not goal.exists():
        if not (bench.unet / "state.pt").exists():
            raise TrainingError(f"{bench.unet} holds no trained U-Net to cool down. Run the stage 'unet' first.")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(bench.unet / "state.pt", folder / "state.pt")
        state = torch.load(folder / "state.pt", map_location="cpu", weights_only=True)
        goal.write_text(str(state["learner"]["samples"] + bench.cool_down), encoding="utf-8")
    return int(goal.read_text(encoding="utf-8"))


def _with_vae(bench: Bench) -> Path:
    """A checkpoint that holds the VAE: the one that training begins from keeps it, so its U-Net need not be done."""
    return bench.recipe.begin_from or _exported(bench)


def _exported(bench: Bench) -> Path:
    """This build's checkpoint; before there is one, the one that training begins from."""
    if bench.checkpoint.exists():
        return bench.checkpoint
    if bench.recipe.begin_from is None:
        raise TrainingError(f"{bench.checkpoint} is missing. Run the stage 'export' first.")
    return bench.recipe.begin_from
