"""Film on the wires: frames in memory, or a part of a file that is read when it is needed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import IO, Annotated, Any

import numpy as np
import torch
from torch import Tensor

from graph.errors import UserError
from graph.spec import Port
from nodes.film_encoding import CODECS, can_copy, copy_film, write_film
from nodes.film_files import Frame, Probe, probe_film, read_frames
from nodes.sound_files import read_sound
from nodes.sounds import Audio, trim

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Components:
    """images: ``(frames, height, width, 3)`` in 0..1. audio: None for a silent film. fps: frames per second."""

    images: Tensor
    audio: Audio | None
    fps: Fraction
    bit_depth: int = 8


class Video(ABC):
    """A film."""

    @property
    @abstractmethod
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""

    @property
    @abstractmethod
    def fps(self) -> Fraction:
        """Frames per second."""

    @property
    @abstractmethod
    def seconds(self) -> float:
        """How long it is."""

    @abstractmethod
    def components(self, report: Report | None = None) -> Components:
        """All frames and the sound, in memory. ``report`` hears of every frame and may raise."""

    @abstractmethod
    def cut(self, start_s: float, duration_s: float) -> Video:
        """A part of it, with start and duration inside it."""

    @abstractmethod
    def write(
        self, file: IO[bytes], form: str, codec: str, tags: Mapping[str, str], report: Report | None = None
    ) -> None:
        """Write it as a file. ``form`` is a container, ``codec`` one that it holds, or auto."""

    def slice(self, start_s: float, duration_s: float, *, strict: bool = False) -> Video:
        """The part of that length from ``start_s`` on, which counts from the end if negative; 0 is all the rest.

        Less if the film ends before; with ``strict``, UserError then.
        """
        whole = self.seconds
        start = max(whole + start_s, 0.0) if start_s < 0 else start_s
        left = whole - start
        half_frame = 0.5 / float(self.fps)
        if left < half_frame:
            raise UserError(f"start_time is {start_s:g} s; the film is {whole:.2f} s long. Start earlier.")
        if strict and duration_s > left + half_frame:
            raise UserError(f"duration is {duration_s:g} s; only {left:.2f} s are left from {start:.2f} s on.")
        if start == 0 and (duration_s == 0 or duration_s >= whole):
            return self
        return self.cut(start, min(duration_s, left) if duration_s > 0 else left)


@dataclass(frozen=True)
class FrameVideo(Video):
    """Frames in memory. bit_depth: 8 or 10, for when it is saved."""

    images: Tensor
    rate: Fraction
    audio: Audio | None = None
    bit_depth: int = 8

    @property
    def size(self) -> tuple[int, int]:
        return self.images.shape[2], self.images.shape[1]

    @property
    def fps(self) -> Fraction:
        return self.rate

    @property
    def seconds(self) -> float:
        return float(self.images.shape[0] / self.rate)

    def components(self, report: Report | None = None) -> Components:  # noqa: ARG002  nothing has to be read
        return Components(self.images, self.audio, self.rate, self.bit_depth)

    def cut(self, start_s: float, duration_s: float) -> FrameVideo:
        first = round(start_s * self.rate)
        count = max(1, round(duration_s * self.rate))
        audio = self.audio
        if audio is not None:
            silent = audio.seconds <= start_s
            audio = replace(audio, waveform=audio.waveform[..., :0]) if silent else trim(audio, start_s, duration_s)
        return replace(self, images=self.images[first : first + count], audio=audio)

    def write(
        self, file: IO[bytes], form: str, codec: str, tags: Mapping[str, str], report: Report | None = None
    ) -> None:
        codec = usual_codec(form) if codec == "auto" else codec
        frames = reported(to_frames(self.images, self.bit_depth), self.images.shape[0], report)
        write_film(file, frames, self.rate, form=form, codec=codec, audio=self.audio, tags=tags)


@dataclass(frozen=True)
class FileVideo(Video):
    """A part of a file: ``duration_s`` from ``start_s`` on; None is to the end."""

    path: Path
    start_s: float = 0.0
    duration_s: float | None = None
    probe: Probe = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "probe", probe_film(self.path))

    @property
    def size(self) -> tuple[int, int]:
        return self.probe.width, self.probe.height

    @property
    def fps(self) -> Fraction:
        return self.probe.fps

    @property
    def seconds(self) -> float:
        return self.probe.seconds - self.start_s if self.duration_s is None else self.duration_s

    def components(self, report: Report | None = None) -> Components:
        expected = max(1, round(self.seconds * self.fps))
        frames = [np.ascontiguousarray(f) for f in reported(self._frames(), expected, report)]
        if not frames:
            raise UserError(f"{self.path.name} has no frames from {self.start_s:g} s on.")
        images = torch.empty(len(frames), *frames[0].shape)
        for i, frame in enumerate(frames):
            images[i] = torch.from_numpy(frame)
        return Components(
            images.div_(255 if frames[0].dtype == np.uint8 else 65535), self._sound(), self.fps, self.probe.bit_depth
        )

    def cut(self, start_s: float, duration_s: float) -> FileVideo:
        return FileVideo(self.path, self.start_s + start_s, duration_s)

    def write(
        self, file: IO[bytes], form: str, codec: str, tags: Mapping[str, str], report: Report | None = None
    ) -> None:
        if self.start_s == 0 and self.duration_s is None and can_copy(self.probe, form, codec):
            copy_film(self.path, file, form, tags)
            return
        codec = usual_codec(form) if codec == "auto" else codec
        frames = reported(self._frames(), max(1, round(self.seconds * self.fps)), report)
        write_film(file, frames, self.fps, form=form, codec=codec, audio=self._sound(), tags=tags)

    def _end_s(self) -> float | None:
        return None if self.duration_s is None else self.start_s + self.duration_s

    def _frames(self) -> Iterator[Frame]:
        return read_frames(self.path, self.start_s, self._end_s())

    def _sound(self) -> Audio | None:
        return read_sound(self.path, self.start_s, self._end_s())


VIDEO = Annotated[Video, Port("VIDEO")]


def usual_codec(form: str) -> str:
    """The codec that a container usually holds."""
    return "av1" if form == "webm" else "h264"


def usual_form(codec: str) -> str:
    """The container that a codec usually lives in; mp4 for auto."""
    return CODECS[codec][3][0] if codec in CODECS else "mp4"


def to_frames(images: Tensor, bit_depth: int = 8) -> Iterator[Frame]:
    """Images ``(frames, height, width, channels)`` in 0..1 as uint8, or as uint16 for more than 8 bits."""
    most: Any = (255, np.uint8) if bit_depth == 8 else (65535, np.uint16)
    for image in images:
        pixels = (image.detach().float().cpu().clamp(0, 1) * most[0]).round().numpy().astype(most[1])
        yield np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels


def reported(frames: Iterator[Frame], total: int, report: Report | None) -> Iterator[Frame]:
    """The frames, each told of once it has been used."""
    for number, frame in enumerate(frames, 1):
        yield frame
        if report is not None:
            report(number, max(number, total))
