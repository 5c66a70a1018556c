"""Reading film files through PyAV. Frames come one by one, so that a film need not fit in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from files.errors import FileProblem

Frame = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Probe:
    """What a film file says of itself. codec: of the pictures. seconds: of the whole. frames: 0 if it does not say."""

    width: int
    height: int
    fps: Fraction
    seconds: float
    frames: int
    codec: str
    sound_codec: str
    bit_depth: int


def probe_film(path: Path) -> Probe:
    """Size, speed and length of a film. Raises FileProblem if the file holds none."""
    with open_film(path) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        sounds = container.streams.audio
        seconds = _seconds(container, stream)
        width, height = context.width, context.height
        if _is_on_its_side(container, stream):
            width, height = height, width
        return Probe(
            width=width,
            height=height,
            fps=stream.average_rate or stream.guessed_rate or Fraction(1),
            seconds=seconds,
            frames=stream.frames,
            codec=context.name.removeprefix("lib").replace("dav1d", "av1"),
            sound_codec=sounds[0].codec_context.name if sounds else "",
            bit_depth=max((c.bits for c in context.format.components), default=8) if context.format else 8,
        )


def read_frames(path: Path, start_s: float = 0.0, end_s: float | None = None) -> Iterator[Frame]:
    """The frames from ``start_s`` up to, not including, ``end_s``, upright.

    ``(height, width, 3)`` uint8, or uint16 where the file has more than 8 bits.
    """
    with open_film(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        origin = float(stream.start_time * stream.time_base) if stream.start_time else 0.0
        slack = 0.25 / float(stream.average_rate or 30)  # Matroska rounds times to milliseconds
        if start_s > 0:
            container.seek(int((start_s + origin) * av.time_base), backward=True)
        for frame in container.decode(stream):
            time = (frame.time or 0.0) - origin
            if end_s is not None and time >= end_s - slack:
                return
            if time >= start_s - slack:
                yield _upright(frame)


@contextlib.contextmanager
def open_film(path: Path) -> Iterator[Any]:
    """The open file. Raises FileProblem when it holds no film, also while it is read."""
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise FileProblem(f"{path.name} holds no film, only sound. Choose another file.")
            yield container
    except (av.FFmpegError, OSError) as error:
        raise FileProblem(f"{path.name} cannot be read as a film ({error.strerror or error}).") from error


def _seconds(container: Any, stream: Any) -> float:
    if stream.duration:
        return float(stream.duration * stream.time_base)
    if container.duration:
        return float(container.duration / av.time_base)
    ends = [p.pts + (p.duration or 0) for p in container.demux(stream) if p.pts is not None]  # recorders write none
    return float(max(ends, default=0) * stream.time_base)


def _is_on_its_side(container: Any, stream: Any) -> bool:
    container.seek(0)
    frame = next(container.decode(stream), None)
    return frame is not None and frame.rotation % 180 != 0


def _upright(frame: VideoFrame) -> Frame:
    is_fine = max((component.bits for component in frame.format.components), default=8) > 8
    pixels: Any = frame.to_ndarray(format="rgb48le" if is_fine else "rgb24")
    found: Frame = np.rot90(pixels, frame.rotation // 90) if frame.rotation % 360 else pixels
    return found
