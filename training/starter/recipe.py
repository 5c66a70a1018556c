"""The numbers of the recipe: how big, how many, how long. `--quick` swaps them for a handful of everything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from diffusion.checkpoint.configs.unet import UNetConfig
from diffusion.checkpoint.configs.vae import VaeConfig
from diffusion.text.clip import ClipConfig

REPOSITORY = Path(__file__).parents[2]
STARTER = REPOSITORY / "models" / "starter"
VOCAB_MERGES = 5630
SCALE_FACTOR = 0.18215


@dataclass(frozen=True)
class Recipe:
    """side: pixels of a picture. samples: how many each stage trains on. shards: files of composed latents.

    batch: samples a step. 16 take 12% longer a sample than 64 and step four times as often, which is what shapes need.
    grid: pictures of a sample grid. concepts: only the first so many of the table, None = all. begin_from: a checkpoint
    whose networks are trained on, None = from nothing. control_from: a ControlNet, None = from the U-Net's way down.
    """

    side: int = 128
    unet_width: int = 96
    inner_widths: tuple[int, int] = (192, 192)
    text_width: int = 256
    text_layers: int = 2
    vae_widths: tuple[int, ...] = (32, 64, 128, 128)
    shards: int = 16
    shard: int = 2048
    batch: int = 16
    vae_samples: int = 60_000
    unet_samples: int = 1_000_000
    control_samples: int = 60_000
    lora_samples: int = 16_000
    preview_samples: int = 12_000
    clip_samples: int = 120_000
    judge_samples: int = 60_000
    grid: int = 16
    concepts: int | None = None
    begin_from: Path | None = STARTER / "checkpoints" / "easel-starter.safetensors"
    control_from: Path | None = STARTER / "controlnet" / "easel-starter-edges.safetensors"
    # Kept out of the base model: the LoRA teaches it.
    lora_style: str = "line"

    @property
    def unet(self) -> UNetConfig:
        """Transformers stand at the second level (8 x 8 at 128 px) and in the middle; heads are 64 wide."""
        widths = (self.unet_width, *self.inner_widths)
        return UNetConfig(4, 4, widths, 1, (0, 1, 0), 1, self.text_width, min(64, *self.inner_widths))

    @property
    def text(self) -> ClipConfig:
        rows = 512 + VOCAB_MERGES + 2
        return ClipConfig(rows, 77, self.text_width, self.text_layers, self.text_width // 64, 4 * self.text_width)

    @property
    def vae(self) -> VaeConfig:
        return VaeConfig(4, 3, self.vae_widths, 1, 4, quant_conv=True)


FULL = Recipe()
# A handful of everything, from nothing: the whole path runs in a few minutes; the pictures are noise.
QUICK = Recipe(
    side=64,
    unet_width=32,
    inner_widths=(64, 64),
    text_width=64,
    text_layers=1,
    vae_widths=(16, 16, 32, 32),
    shards=2,
    shard=32,
    batch=16,
    vae_samples=128,
    unet_samples=128,
    control_samples=64,
    lora_samples=64,
    preview_samples=64,
    clip_samples=128,
    judge_samples=128,
    grid=1,
    concepts=8,
    begin_from=None,
    control_from=None,
)
