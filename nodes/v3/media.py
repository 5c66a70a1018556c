"""Films as node classes of the field hold them; Easel's own Video inside."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

from torch import Tensor

from nodes.field_values import audio_from_field, audio_to_field
from nodes.films import FileVideo, FrameVideo, Video, usual_form
from nodes.v3.widgets import plain


class VideoContainer(str, Enum):  # noqa: UP042  packs compare and join these as plain text
    """Kinds of film files."""

    AUTO = "auto"
    MP4 = "mp4"

    @classmethod
    def as_input(cls) -> list[str]:
        """The choices for an input."""
        return [item.value for item in cls]


class VideoCodec(str, Enum):  # noqa: UP042  as above
    """Ways of packing films."""

    AUTO = "auto"
    H264 = "h264"

    @classmethod
    def as_input(cls) -> list[str]:
        """The choices for an input."""
        return [item.value for item in cls]


@dataclass
class VideoComponents:
    """images: ``(frames, height, width, 3)``. audio: ``{waveform, sample_rate}`` or None."""

    images: Tensor
    frame_rate: Fraction
    audio: Any = None
    metadata: Any = None


class VideoInput:
    """A film as node classes of the field take it; ``video`` is Easel's own."""

    def __init__(self, video: Video) -> None:
        self.video = video

    def get_components(self) -> VideoComponents:
        """All frames and the sound."""
        found = self.video.components()
        return VideoComponents(found.images, found.fps, audio_to_field(found.audio) if found.audio else None)

    def save_to(
        self, path: str | Path | IO[bytes], format: Any = "auto", codec: Any = "auto", metadata: Any = None, **_: Any
    ) -> None:
        """Write a file, or into one that is open."""
        form, packing = str(plain(format)), str(plain(codec))
        form = usual_form(packing) if form == "auto" else form
        tags = {str(name): value if isinstance(value, str) else str(value) for name, value in (metadata or {}).items()}
        if not isinstance(path, str | Path):
            self.video.write(path, form, packing, tags)
            return
        draft = Path(f"{path}.part")
        with draft.open("wb") as file:
            self.video.write(file, form, packing, tags)
        shutil.move(draft, Path(path))

    def get_stream_source(self) -> str | IO[bytes]:
        """The file it comes from, or an open one made for the purpose."""
        if isinstance(self.video, FileVideo) and self.video.start_s == 0 and self.video.duration_s is None:
            return str(self.video.path)
        import io

        file = io.BytesIO()
        self.save_to(file)
        file.seek(0)
        return file

    def get_dimensions(self) -> tuple[int, int]:
        """Width and height."""
        return self.video.size

    def get_duration(self) -> float:
        """Seconds."""
        return self.video.seconds

    def get_frame_rate(self) -> Fraction:
        """Frames per second."""
        return self.video.fps

    def get_frame_count(self) -> int:
        """How many frames."""
        return max(1, round(self.video.seconds * self.video.fps))

    def get_container_format(self) -> str:
        """The kind of file."""
        return self.video.path.suffix.lstrip(".") if isinstance(self.video, FileVideo) else "mp4"


class VideoFromFile(VideoInput):
    """A film in a file."""

    def __init__(self, file: str | Path, **_: Any) -> None:
        super().__init__(FileVideo(Path(file)))


class VideoFromComponents(VideoInput):
    """A film in memory."""

    def __init__(self, components: VideoComponents, **_: Any) -> None:
        audio = audio_from_field(components.audio) if components.audio is not None else None
        super().__init__(FrameVideo(components.images, Fraction(components.frame_rate), audio))
