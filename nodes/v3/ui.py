"""What nodes show: the names that packs find in ``comfy_api.latest.ui``."""

from __future__ import annotations

import uuid
from typing import Any

from torch import Tensor

from nodes.v3.saving import SavedResult, save_animation, save_pictures, save_sounds
from nodes.v3.widgets import FolderType

__all__ = [
    "AudioSaveHelper",
    "FolderType",
    "ImageSaveHelper",
    "PreviewAudio",
    "PreviewImage",
    "PreviewMask",
    "PreviewText",
    "PreviewUI3D",
    "PreviewVideo",
    "SavedAudios",
    "SavedImages",
    "SavedResult",
]


class _UIOutput:
    """Something for the editor to show; ``as_dict`` is what it is sent."""

    def __init__(self, shown: dict[str, Any]) -> None:
        self._shown = shown

    def as_dict(self) -> dict[str, Any]:
        return self._shown


class SavedImages(_UIOutput):
    """Pictures that were saved."""

    def __init__(self, results: list[SavedResult], is_animated: bool = False) -> None:
        self.results, self.is_animated = results, is_animated
        super().__init__({"images": results, **({"animated": [True]} if is_animated else {})})


class SavedAudios(_UIOutput):
    """Sounds that were saved."""

    def __init__(self, results: list[SavedResult]) -> None:
        self.results = results
        super().__init__({"audio": results})


class PreviewImage(_UIOutput):
    """Pictures ``(batch, height, width, channels)``, kept in the temp folder."""

    def __init__(self, image: Tensor, animated: bool = False, cls: Any = None, **_: Any) -> None:
        self.values = save_pictures(image, _preview_name(), FolderType.temp, cls)
        self.animated = animated
        super().__init__({"images": self.values, "animated": [animated]})


class PreviewMask(PreviewImage):
    """Masks ``(batch, height, width)`` as grey pictures."""

    def __init__(self, mask: Tensor, animated: bool = False, cls: Any = None, **more: Any) -> None:
        grey = mask.reshape(-1, mask.shape[-2], mask.shape[-1])[..., None].expand(-1, -1, -1, 3)
        super().__init__(grey, animated, cls, **more)


class PreviewAudio(_UIOutput):
    """A sound, kept in the temp folder."""

    def __init__(self, audio: Any, cls: Any = None, **_: Any) -> None:
        self.values = save_sounds(audio, _preview_name(), FolderType.temp, cls, "flac", "")
        super().__init__({"audio": self.values})


class PreviewVideo(_UIOutput):
    """Films that were saved already."""

    def __init__(self, values: list[SavedResult | dict[str, str]], **_: Any) -> None:
        self.values = values
        super().__init__({"images": values, "animated": [True]})


class PreviewText(_UIOutput):
    """Text."""

    def __init__(self, value: str, **_: Any) -> None:
        self.value = value
        super().__init__({"text": [value]})


class PreviewUI3D(_UIOutput):
    """A 3D file of the output folder, how to look at it, and the picture behind it (kept in temp)."""

    def __init__(
        self, model_file: str, camera_info: Any, bg_image: Tensor | None = None, cls: Any = None, **_: Any
    ) -> None:
        behind: str | None = None
        if bg_image is not None:
            behind = f"temp/{save_pictures(bg_image, _preview_name(), FolderType.temp, cls)[0].filename}"
        super().__init__({"result": [model_file, camera_info, behind]})


class ImageSaveHelper:
    """Saves pictures."""

    @staticmethod
    def save_images(
        images: Tensor,
        filename_prefix: str,
        folder_type: FolderType,
        cls: Any,
        compress_level: int = 4,  # noqa: ARG004  Easel packs all its PNGs alike
    ) -> list[SavedResult]:
        """One PNG each."""
        return save_pictures(images, filename_prefix, folder_type, cls)

    @staticmethod
    def get_save_images_ui(images: Tensor, filename_prefix: str, cls: Any, compress_level: int = 4) -> SavedImages:
        """The same, into the output folder, with what to show."""
        return SavedImages(ImageSaveHelper.save_images(images, filename_prefix, FolderType.output, cls, compress_level))

    @staticmethod
    def save_animated_png(
        images: Tensor, filename_prefix: str, folder_type: FolderType, cls: Any, fps: float, compress_level: int
    ) -> SavedResult:
        """An animated PNG."""
        return save_animation(images, filename_prefix, folder_type, cls, fps, "PNG", compress_level=compress_level)

    @staticmethod
    def get_save_animated_png_ui(
        images: Tensor, filename_prefix: str, cls: Any, fps: float, compress_level: int
    ) -> SavedImages:
        """The same, into the output folder, with what to show."""
        saved = ImageSaveHelper.save_animated_png(images, filename_prefix, FolderType.output, cls, fps, compress_level)
        return SavedImages([saved], is_animated=len(images) > 1)

    @staticmethod
    def save_animated_webp(
        images: Tensor,
        filename_prefix: str,
        folder_type: FolderType,
        cls: Any,
        fps: float,
        lossless: bool,
        quality: int,
        method: int,
    ) -> SavedResult:
        """An animated WebP."""
        options = {"lossless": lossless, "quality": quality, "method": method}
        return save_animation(images, filename_prefix, folder_type, cls, fps, "WEBP", **options)

    @staticmethod
    def get_save_animated_webp_ui(
        images: Tensor, filename_prefix: str, cls: Any, fps: float, lossless: bool, quality: int, method: int
    ) -> SavedImages:
        """The same, into the output folder, with what to show."""
        saved = ImageSaveHelper.save_animated_webp(
            images, filename_prefix, FolderType.output, cls, fps, lossless, quality, method
        )
        return SavedImages([saved], is_animated=len(images) > 1)


class AudioSaveHelper:
    """Saves sounds."""

    @staticmethod
    def save_audio(
        audio: Any,
        filename_prefix: str,
        folder_type: FolderType,
        cls: Any,
        format: str = "flac",  # the contract's own word
        quality: str = "128k",
    ) -> list[SavedResult]:
        """One file for each sound of the batch."""
        return save_sounds(audio, filename_prefix, folder_type, cls, format, quality)

    @staticmethod
    def get_save_audio_ui(
        audio: Any, filename_prefix: str, cls: Any, format: str = "flac", quality: str = "128k"
    ) -> SavedAudios:
        """The same, into the output folder, with what to show."""
        return SavedAudios(AudioSaveHelper.save_audio(audio, filename_prefix, FolderType.output, cls, format, quality))


def _preview_name() -> str:
    return f"preview_{uuid.uuid4().hex[:8]}"
