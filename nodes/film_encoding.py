"""Writing film files through PyAV: encoded anew, or their streams copied into another container."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import IO, Any, Final

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from files.errors import FileProblem
from nodes.film_files import Frame, Probe, open_film
from nodes.sound_files import add_sound, at_supported_rate, encode_sound
from nodes.sounds import Audio

# PyAV's name of a container, and the sound encoder that goes with it.
CONTAINERS: Final[Mapping[str, tuple[str, str]]] = {
    "mp4": ("mp4", "aac"),
    "mkv": ("matroska", "aac"),
    "webm": ("webm", "libopus"),
}
# Encoder, usual quality (CRF), codec as files name it, containers that hold it; the first is the usual one.
CODECS: Final[Mapping[str, tuple[str, float, str, tuple[str, ...]]]] = {
    "h264": ("libx264", 23.0, "h264", ("mp4", "mkv")),
    "av1": ("libsvtav1", 30.0, "av1", ("webm", "mp4", "mkv")),
    "vp9": ("libvpx-vp9", 32.0, "vp9", ("webm", "mkv")),
}
SIDE_MAX: Final = 16384


def write_film(
    file: IO[bytes],
    frames: Iterable[Frame],
    fps: Fraction,
    *,
    form: str,
    codec: str,
    crf: float | None = None,
    audio: Audio | None = None,
    tags: Mapping[str, str] | None = None,
) -> int:
    """Encode frames of one size and write them with their sound; returns how many there were.

    ``form`` and ``codec`` are keys of CONTAINERS and CODECS. uint16 frames are kept with 10 bits. Four channels keep
    their transparency in VP9 only. An odd side gets one more row or column: the codecs store colour at half the size.
    """
    name, sound_codec = CONTAINERS[form]
    encoder, usual, _, homes = CODECS[codec]
    if form not in homes:
        raise FileProblem(f"{form} files hold no {codec}. Choose one of {', '.join(homes)}, or another codec.")
    if encoder == "libsvtav1":
        os.environ.setdefault("SVT_LOG", "1")  # it tells its settings on stderr otherwise
    count, sound = 0, None if audio is None else at_supported_rate(audio, sound_codec)
    with av.open(file, mode="w", format=name, options=_muxing(form)) as container:
        container.metadata.update(tags or {})
        streams: list[Any] = []
        for frame in frames:
            if not streams:
                options = _options(encoder, usual if crf is None else crf)
                streams.append(container.add_stream(encoder, rate=fps, options=options))
                _describe(streams[0], frame, alpha=codec == "vp9")
                streams += [] if sound is None else [add_sound(container, sound_codec, sound)]
            picture = _to_picture(frame, streams[0])
            picture.pts, picture.time_base = count, 1 / fps
            container.mux(_encode(streams[0], picture, codec, fps))
            count += 1
        if not streams:
            raise FileProblem("There are no frames to save.")
        container.mux(streams[0].encode(None))
        if sound is not None:
            kept = sound.waveform[..., : round(count / fps * sound.sample_rate)]
            encode_sound(container, streams[1], Audio(kept, sound.sample_rate))
    return count


def _encode(stream: Any, picture: VideoFrame, codec: str, fps: Fraction) -> Any:
    """The packets of a frame. The first opens the encoder, which may not take frames of this size at this rate."""
    try:
        return stream.encode(picture)
    except av.FFmpegError as error:
        raise FileProblem(
            f"The {codec} encoder takes no frames of {picture.width} x {picture.height} at {float(fps):g} a second. "
            "Choose another codec; av1 takes 4 x 4 pixels and more, up to 240 times a second."
        ) from error


def copy_film(path: Path, file: IO[bytes], form: str, tags: Mapping[str, str] | None = None) -> None:
    """Write the streams of a film into another container as they are, with more tags."""
    with (
        open_film(path) as source,
        av.open(file, mode="w", format=CONTAINERS[form][0], options=_muxing(form)) as target,
    ):
        target.metadata.update({**source.metadata, **(tags or {})})
        streams = [*source.streams.video[:1], *source.streams.audio[:1]]
        copies = {stream.index: target.add_stream_from_template(stream) for stream in streams}
        for packet in source.demux(streams):
            if packet.dts is not None:
                packet.stream = copies[packet.stream.index]
                target.mux(packet)


def can_copy(probe: Probe, form: str, codec: str) -> bool:
    """Whether the container takes the film's streams as they are. ``codec`` auto: any codec will do."""
    known = next((name for name, (_, _, found, homes) in CODECS.items() if found == probe.codec and form in homes), "")
    fits = {"webm": ("", "opus", "vorbis"), "mp4": ("", "aac", "mp3", "opus"), "mkv": (probe.sound_codec,)}
    return bool(known) and codec in ("auto", known) and probe.sound_codec.removeprefix("lib") in fits[form]


def _muxing(form: str) -> dict[str, str]:
    """MP4 drops tags that it has no name for, unless told to keep them."""
    return {"movflags": "use_metadata_tags"} if form == "mp4" else {}


def _options(encoder: str, crf: float) -> dict[str, str]:
    match encoder:
        case "libvpx-vp9":
            return {"crf": str(int(crf)), "b:v": "0", "row-mt": "1", "deadline": "good", "cpu-used": "4"}
        case "libsvtav1":
            return {"crf": str(int(crf)), "preset": "8"}
        case _:
            return {"crf": str(crf)}


def _describe(stream: Any, frame: Frame, *, alpha: bool) -> None:
    height, width, channels = frame.shape
    if max(height, width) > SIDE_MAX:
        raise FileProblem(f"A film of {width} x {height} cannot be saved; a side may have {SIDE_MAX} pixels.")
    stream.width, stream.height = width + width % 2, height + height % 2
    stream.pix_fmt = "yuv420p10le" if frame.dtype == np.uint16 else "yuva420p" if alpha and channels == 4 else "yuv420p"
    context = stream.codec_context
    context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709


def _to_picture(frame: Frame, stream: Any) -> VideoFrame:
    height, width, channels = frame.shape
    wanted = (stream.height, stream.width)
    if (height + height % 2, width + width % 2) != wanted:
        raise FileProblem(f"The frames differ in size: {width} x {height} after {wanted[1]} x {wanted[0]}.")
    pixels: Any = frame[..., :3] if channels == 4 and stream.pix_fmt != "yuva420p" else frame
    if (height, width) != wanted:
        pixels = np.pad(pixels, ((0, wanted[0] - height), (0, wanted[1] - width), (0, 0)), mode="edge")
    form = "rgb48le" if pixels.dtype == np.uint16 else "rgba" if pixels.shape[2] == 4 else "rgb24"
    picture = VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format=form)
    return picture.reformat(format=stream.pix_fmt, dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
