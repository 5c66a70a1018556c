"""Pictures of scenes: drawings, recoloured and scaled, on a background."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.starter.artwork import Sprite
from training.starter.backgrounds import paint_background
from training.starter.concepts import Concept, all_concepts
from training.starter.scene import COLOURS, Scene, Thing

Picture = NDArray[np.uint8]


@dataclass
class Composer:
    """Paints scenes from sprites.

    concepts: those that it has sprites of. tinted: recoloured sprites, kept because a tint costs more than the rest.
    """

    sprites: dict[str, Sprite]
    side: int = 128
    concepts: tuple[Concept, ...] = field(default_factory=all_concepts)
    tinted: dict[tuple[str, str], Image.Image] = field(default_factory=dict)

    def paint(self, scene: Scene, rng: random.Random) -> Picture:
        """The scene as ``(side, side, 3)``, a little different each time: place, size and shades vary."""
        picture = Image.fromarray(paint_background(scene.background, self.side, rng))
        for thing, (x, y, extent) in zip(_repeated(scene), _layout(scene, rng), strict=True):
            pixels = max(8, round(extent * self.side))
            sprite = self._sprite(scene.style, thing).resize(
                (pixels, pixels), Image.Resampling.BILINEAR, reducing_gap=2
            )
            corner = (round(x * self.side - pixels / 2), round(y * self.side - pixels / 2))
            picture.paste(sprite, corner, sprite)
        return np.asarray(picture)

    def _sprite(self, style: str, thing: Thing) -> Image.Image:
        name = f"{style}/{thing.drawing}"
        key = (name, thing.colour or "")
        if key not in self.tinted:
            sprite = self.sprites[name]
            self.tinted[key] = Image.fromarray(tint(sprite, thing.colour) if thing.colour else sprite)
        return self.tinted[key]


def tint(sprite: Sprite, colour: str) -> Sprite:
    """The drawing with its main colour replaced; dark lines, highlights and what has another hue stay.

    A drawing that is mostly grey, or black and white, is recoloured whole: its median shade becomes the colour.
    """
    rgb: NDArray[np.float32] = (sprite[..., :3] / np.float32(255)).astype(np.float32)
    opaque = sprite[..., 3] > 100
    brightest, darkest = rgb.max(-1), rgb.min(-1)
    chroma = brightest - darkest
    coloured = opaque & (chroma > 0.2)
    if coloured.sum() > 0.3 * opaque.sum():
        angle = _hue(rgb, brightest, chroma)
        counts = np.histogram(angle[coloured], bins=24, range=(0, 1), weights=chroma[coloured])[0]
        # Neighbouring bins count too: a gradient spreads over several.
        main = (int((counts + np.roll(counts, 1) + np.roll(counts, -1)).argmax()) + 0.5) / 24
        distance = np.abs((angle - main + 0.5) % 1 - 0.5)
        share = np.clip((0.16 - distance) / 0.05, 0, 1) * np.clip(chroma / 0.15, 0, 1)
    else:
        share = np.ones_like(chroma)
    luma: NDArray[np.float32] = rgb @ np.array([0.3, 0.59, 0.11], dtype=np.float32)
    middle = float(np.median(luma[opaque & (share > 0.5)])) if (opaque & (share > 0.5)).any() else 0.5
    target: NDArray[np.float32] = np.array(COLOURS[colour], dtype=np.float32) / np.float32(255)
    painted = _ramp(luma, min(max(middle, 0.25), 0.85), target)
    mixed = rgb + (painted - rgb) * share[..., None]
    return np.concatenate([(mixed.clip(0, 1) * 255).astype(np.uint8), sprite[..., 3:]], axis=-1)


def _ramp(luma: NDArray[np.float32], middle: float, target: NDArray[np.float32]) -> NDArray[np.float32]:
    """Black to ``target`` at luma ``middle`` to white, per pixel."""
    dark = np.clip(luma / middle, 0, 1)[..., None]
    light = np.clip((luma - middle) / (1.001 - middle), 0, 1)[..., None] * 0.75
    ramp: NDArray[np.float32] = (target * dark) * (1 - light) + light
    return ramp


def _hue(rgb: NDArray[np.float32], brightest: NDArray[np.float32], chroma: NDArray[np.float32]) -> NDArray[np.float32]:
    """Hue in 0..1 (0 is red, 1/3 green)."""
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    safe = np.maximum(chroma, 1e-6)
    sector = np.where(
        brightest == red,
        (green - blue) / safe % 6,
        np.where(brightest == green, (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    hue: NDArray[np.float32] = (sector / 6).astype(np.float32)
    return hue


def _repeated(scene: Scene) -> tuple[Thing, ...]:
    return scene.things * scene.count if scene.count > 1 else scene.things


def _layout(scene: Scene, rng: random.Random) -> list[tuple[float, float, float]]:
    """(centre x, centre y, extent) of each thing, as shares of the side."""

    def near(value: float, spread: float = 0.025) -> float:
        return value + rng.uniform(-spread, spread)

    number = len(_repeated(scene))
    if number == 2:
        return [(near(0.265), near(0.5, 0.05), near(0.46)), (near(0.735), near(0.5, 0.05), near(0.46))]
    if number == 3:
        extent = near(0.4)
        return [(near(0.5), near(0.27), extent), (near(0.26), near(0.72), extent), (near(0.74), near(0.72), extent)]
    if scene.size == "small":
        return [(near(0.5, 0.06), near(0.5, 0.06), near(0.34, 0.04))]
    if scene.size == "big":
        return [(near(0.5), near(0.5), near(1.02))]
    if scene.position is None:
        return [(near(0.5), near(0.5), near(0.8, 0.06))]
    extent, off = near(0.46, 0.04), near(0.26)
    x = {"left": off, "right": 1 - off}.get(scene.position, near(0.5, 0.04))
    y = {"top": off, "bottom": 1 - off}.get(scene.position, near(0.5, 0.04))
    return [(x, y, extent)]
