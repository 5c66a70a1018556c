"""Files that node classes of the second contract save: numbered, whole, with their graph inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any, Final

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from files.save import Saver, fill_in
from graph.run import current_run
from nodes.errors import NotInARun
from nodes.field_values import audio_from_field
from nodes.pictures import to_pictures
from nodes.sound_files import write_sound
from nodes.sounds import Audio
from nodes.v3.widgets import FolderType, plain
from nodes.workflow_tags import workflow_tags

EXIF_FIRST: Final = 0x0110
Write = Callable[[IO[bytes]], Any]


class SavedResult(dict[str, str]):
    """Where a file is, as editors are told."""

    def __init__(self, filename: str, subfolder: str, type: FolderType | str) -> None:
        super().__init__(filename=filename, subfolder=subfolder, type=str(plain(type)))

    @property
    def filename(self) -> str:
        return self["filename"]

    @property
    def subfolder(self) -> str:
        return self["subfolder"]

    @property
    def type(self) -> FolderType:
        return FolderType(self["type"])


def find_saver() -> Saver:
    """What saves files for the run that goes on here; raises NotInARun outside one."""
    run = current_run.get(None)
    if run is None:
        raise NotInARun("Files are saved by nodes while they run; no run is under way here.")
    return run.service(Saver)


def save_pictures(images: Tensor, prefix: str, folder: FolderType | str, cls: Any) -> list[SavedResult]:
    """One PNG each."""
    saver, hidden = find_saver(), getattr(cls, "hidden", None)
    prompt, extra = getattr(hidden, "prompt", None), getattr(hidden, "extra_pnginfo", None)
    tags = {**({"prompt": prompt} if prompt else {}), **(extra or {})}
    return [
        SavedResult(
            **saver.save_png(
                picture, prefix.replace("%batch_num%", str(number)), place=str(plain(folder)), metadata=tags
            )
        )
        for number, picture in enumerate(to_pictures(images))
    ]


def save_animation(
    images: Tensor, prefix: str, folder: FolderType | str, cls: Any, fps: float, form: str, **options: Any
) -> SavedResult:
    """All of them as one moving picture, PNG or WEBP."""
    first, *others = to_pictures(images)
    tags = _tags(cls)
    if form == "PNG":
        texts = PngInfo()
        for key, text in tags.items():
            texts.add_text(key, text)
        options["pnginfo"] = texts
    else:
        exif = Image.Exif()
        for number, (key, text) in enumerate(tags.items()):
            exif[EXIF_FIRST - number] = f"{key}:{text}"
        options["exif"] = exif
    duration = round(1000 / fps)

    def write(file: IO[bytes]) -> None:
        first.save(file, format=form, save_all=True, append_images=others, duration=duration, **options)

    return _save(write, fill_in(prefix, first.width, first.height), f".{form.lower()}", folder)


def save_sounds(
    audio: Any, prefix: str, folder: FolderType | str, cls: Any, form: str, quality: str
) -> list[SavedResult]:
    """One sound file for each of the batch."""
    sound = audio_from_field(audio)
    tags = _tags(cls)

    def save_one(number: int) -> SavedResult:
        one = Audio(sound.waveform[number : number + 1], sound.sample_rate)
        name = fill_in(prefix.replace("%batch_num%", str(number)), 0, 0)
        bits = "" if form == "flac" else quality
        return _save(lambda file: write_sound(file, one, form, bits, tags), name, f".{form}", folder)

    return [save_one(number) for number in range(sound.waveform.shape[0])]


def _save(write: Write, prefix: str, suffix: str, folder: FolderType | str) -> SavedResult:
    return SavedResult(**find_saver().save(write, prefix, suffix, place=str(plain(folder))))


def _tags(cls: Any) -> dict[str, str]:
    hidden = getattr(cls, "hidden", None)
    return workflow_tags(find_saver(), getattr(hidden, "prompt", None), getattr(hidden, "extra_pnginfo", None))
