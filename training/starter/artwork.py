"""Openly licensed emoji artwork from npm packages, and its drawings as pictures with transparency."""

from __future__ import annotations

import json
import logging
import subprocess
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from training.errors import TrainingError
from training.starter.concepts import Concept

log = logging.getLogger(__name__)

# Pixels of a rendered drawing's side: a picture of 128 never shows one larger.
SPRITE_SIDE = 160

Sprite = NDArray[np.uint8]


@dataclass(frozen=True)
class ArtSet:
    """A package of drawings. style: the word for its look in captions and files."""

    style: str
    package: str
    version: str
    licence: str
    holder: str


ART_SETS = (
    ArtSet("3d", "@iconify-json/fluent-emoji", "1.2.7", "MIT", "Microsoft Corporation"),
    ArtSet("flat", "@iconify-json/fluent-emoji-flat", "1.2.6", "MIT", "Microsoft Corporation"),
    ArtSet("line", "@iconify-json/fluent-emoji-high-contrast", "1.2.6", "MIT", "Microsoft Corporation"),
    ArtSet("cartoon", "@iconify-json/noto", "1.2.9", "Apache-2.0", "Google LLC"),
)


def fetch_artwork(folder: Path) -> None:
    """Download and unpack every art set that is not there yet, with npm. Raises TrainingError when npm fails."""
    folder.mkdir(parents=True, exist_ok=True)
    for art in ART_SETS:
        if _icons_file(folder, art).is_file():
            continue
        log.info("Fetching %s %s", art.package, art.version)
        command = ["npm", "pack", "--silent", f"{art.package}@{art.version}"]
        try:
            done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        except FileNotFoundError as error:
            raise TrainingError(
                "npm is not installed; the artwork comes from npm packages. Install Node.js."
            ) from error
        except subprocess.CalledProcessError as error:
            raise TrainingError(f"npm could not fetch {art.package}: {error.stderr.strip()[-300:]}") from error
        archive = folder / done.stdout.split()[-1]
        with tarfile.open(archive) as packed:
            packed.extractall(folder / art.style, filter="data")
        archive.unlink()


def render_sprites(packages: Path, concepts: Iterable[Concept], target: Path) -> None:
    """Every drawing of the concepts in every art set, as one ``.npz`` of RGBA arrays named ``style/icon``."""
    names = [name for concept in concepts for name in concept.drawings]
    sprites: dict[str, Sprite] = {}
    for art in ART_SETS:
        icons = json.loads(_icons_file(packages, art).read_text(encoding="utf-8"))
        for name in tqdm(names, desc=f"render {art.style}", unit="drawing"):
            sprites[f"{art.style}/{name}"] = render_svg(icon_svg(icons, name, art.package), SPRITE_SIDE)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part.npz")
    np.savez_compressed(unfinished, allow_pickle=False, **sprites)
    unfinished.replace(target)


def load_sprites(path: Path) -> dict[str, Sprite]:
    """``style/icon`` to ``(side, side, 4)`` RGBA."""
    with np.load(path) as stored:
        return {name: stored[name] for name in stored.files}


def icon_svg(icons: dict[str, dict[str, dict[str, str]]], name: str, package: str) -> str:
    """The SVG document of an icon. Raises TrainingError when the set has none of this name."""
    source = name if name in icons["icons"] else icons.get("aliases", {}).get(name, {}).get("parent")
    if source is None or source not in icons["icons"]:
        raise TrainingError(f"{package} has no drawing {name!r}. Correct concepts.txt.")
    side = icons["width"]
    body = icons["icons"][source]["body"]
    # High-contrast drawings are painted in the current colour.
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" color="#111">{body}</svg>'


def render_svg(svg: str, side: int) -> Sprite:
    """The drawing as ``(side, side, 4)`` RGBA."""
    # Imported here: only training renders, and training/requirements.txt says so.
    import io

    import resvg_py
    from PIL import Image

    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side))
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA")).copy()


def _icons_file(folder: Path, art: ArtSet) -> Path:
    return folder / art.style / "package" / "icons.json"
