"""Every kind of file that a node saves gives back the workflow that made it, as ``server.py run FILE`` reads it."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch

from diffusion.values import Latent
from files.embed import read_metadata
from files.folders import Folders
from files.save import Saver
from graph.answer import Done
from graph.run import Run
from nodes import image, image_files, latent_files, mask, save_audio, video
from nodes.films import FrameVideo
from nodes.sounds import Audio

PROMPT = {"1": {"class_type": "A", "inputs": {"text": "été 🐱 <b> ]]> & %", "seed": 2**64 - 1}}}
WORKFLOW = {"nodes": [{"id": 1, "title": "größe"}], "version": 0.4}
CARRIED: dict[str, Any] = {"prompt": PROMPT, "extra_pnginfo": {"workflow": WORKFLOW}}

IMAGES = torch.rand(2, 32, 48, 3, generator=torch.Generator().manual_seed(0))
SOUND = Audio(torch.zeros(1, 2, 4800), 48000)
FILM = FrameVideo(IMAGES, Fraction(8), None)
RUN = Run("run", emit=lambda _: None)


class Drawing:
    data = (io.BytesIO(b'<svg width="4"><g/></svg>'),)


SAVES: dict[str, Callable[[Saver], Done[Any]]] = {
    "png": lambda saver: image.save_image(images=IMAGES, saver=saver, **CARRIED),
    "preview": lambda saver: image.preview_image(images=IMAGES, saver=saver, **CARRIED),
    "mask": lambda saver: mask.preview_mask(mask=IMAGES[..., 0], saver=saver, **CARRIED),
    "png16": lambda saver: image_files.save_image_deep(
        images=IMAGES, format={"format": "png", "bit_depth": "16-bit"}, saver=saver, **CARRIED
    ),
    "exr": lambda saver: image_files.save_image_deep(images=IMAGES, format={"format": "exr"}, saver=saver, **CARRIED),
    "apng": lambda saver: image_files.save_animated_png(images=IMAGES, saver=saver, **CARRIED),
    "webp": lambda saver: image_files.save_animated_webp(images=IMAGES, method="fastest", saver=saver, **CARRIED),
    "svg": lambda saver: image_files.save_drawing(svg=Drawing(), saver=saver, **CARRIED),
    "latent": lambda saver: latent_files.save_latent(samples=Latent(torch.zeros(1, 4, 8, 8)), saver=saver, **CARRIED),
    "flac": lambda saver: save_audio.save_flac(audio=SOUND, saver=saver, **CARRIED),
    "mp3": lambda saver: save_audio.save_mp3(audio=SOUND, saver=saver, **CARRIED),
    "opus": lambda saver: save_audio.save_opus(audio=SOUND, saver=saver, **CARRIED),
    "mp4": lambda saver: video.save_video(video=FILM, format="mp4", saver=saver, run=RUN, **CARRIED),
    "mkv": lambda saver: video.save_video(video=FILM, format="mkv", saver=saver, run=RUN, **CARRIED),
    "webm": lambda saver: video.save_webm(images=IMAGES, codec="vp9", saver=saver, run=RUN, **CARRIED),
}


def saved(folders: Folders, done: Done[Any]) -> list[Path]:
    assert done.ui is not None
    items = [item for key, found in done.ui.items() if key != "animated" for item in found]
    return [folders.place(item["type"]) / item["subfolder"] / item["filename"] for item in items]


@pytest.mark.parametrize("kind", SAVES)
def test_it_carries_its_workflow(kind: str, tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    paths = saved(folders, SAVES[kind](Saver(folders)))
    assert paths
    for path in paths:
        found = read_metadata(path)
        assert (found["prompt"], found["workflow"]) == (PROMPT, WORKFLOW)


@pytest.mark.parametrize("kind", SAVES)
def test_it_carries_none_if_none_is_wanted(kind: str, tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    for path in saved(folders, SAVES[kind](Saver(folders, embed=False))):
        assert not {"prompt", "workflow"} & read_metadata(path).keys()


def test_what_is_saved_or_shown_is_passed_on(tmp_path: Path) -> None:
    saver = Saver(Folders(tmp_path))
    assert image.save_image(images=IMAGES, saver=saver).outputs == (IMAGES,)
    assert image.preview_image(images=IMAGES, saver=saver).outputs == (IMAGES,)
    shown = IMAGES[..., 0]
    (passed,) = mask.preview_mask(mask=shown, saver=saver).outputs
    assert passed is shown
