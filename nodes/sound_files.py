"""Between sound files and Audio, through PyAV."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final

import av
import numpy as np
import torch
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from torch import Tensor

from files.errors import FileProblem
from nodes.sounds import Audio, resample

# How a format's file is made: PyAV's container and encoder.
FORMATS: Final[Mapping[str, tuple[str, str]]] = {
    "flac": ("flac", "flac"),
    "mp3": ("mp3", "libmp3lame"),
    "opus": ("ogg", "libopus"),
}
QUALITIES: Final[Mapping[str, tuple[str, ...]]] = {
    "flac": (),
    "mp3": ("V0", "128k", "320k"),
    "opus": ("64k", "96k", "128k", "192k", "320k"),
}
LAYOUTS: Final[Mapping[int, str]] = {1: "mono", 2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 8: "7.1"}
CHANNELS_MAX: Final[Mapping[str, int]] = {"libmp3lame": 2}
# Bits a second and channel; more, and the encoder does not open.
BIT_RATE_MAX: Final[Mapping[str, int]] = {"libopus": 256_000}
BLOCK: Final = 4096
# Matroska rounds times to milliseconds, so a sound that was sought in it starts up to 24 samples off. Decoding from the
# start is exact, and fast enough for this long.
SEEK_FROM_S: Final = 600


def read_sound(path: Path, start_s: float = 0.0, end_s: float | None = None) -> Audio | None:
    """The first sound track of a file from ``start_s`` to ``end_s``; None if it has none.

    Raises FileProblem when the file is neither a sound nor a film.
    """
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                return None
            return _decode(container, container.streams.audio[0], start_s, end_s)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise FileProblem(f"{path.name} cannot be read as sound ({_reason(error)}).") from error


def write_sound(
    file: IO[bytes], audio: Audio, form: str, quality: str = "", tags: Mapping[str, str] | None = None
) -> None:
    """Write one sound, ``(1, channels, samples)``, clipped to -1..1. ``tags`` go into the file's metadata."""
    container_name, codec = FORMATS[form]
    audio = at_supported_rate(audio, codec)
    with av.open(file, mode="w", format=container_name) as container:
        container.metadata.update(tags or {})
        stream = add_sound(container, codec, audio, quality)
        encode_sound(container, stream, audio)


def add_sound(container: Any, codec: str, audio: Audio, quality: str = "") -> AudioStream:
    """A sound track of the container. ``quality``: ``V0`` (variable) or kilobits a second (``128k``)."""
    channels = audio.waveform.shape[1]
    most = CHANNELS_MAX.get(codec, max(LAYOUTS))
    if channels not in LAYOUTS or channels > most:
        raise FileProblem(f"A sound with {channels} channels cannot be saved in this format; it may have up to {most}.")
    options = {"global_quality": "0", "flags": "+qscale"} if quality.startswith("V") else {}
    stream: AudioStream = container.add_stream(codec, rate=audio.sample_rate, layout=LAYOUTS[channels], options=options)
    if quality.endswith("k"):
        stream.bit_rate = min(int(quality.removesuffix("k")) * 1000, BIT_RATE_MAX.get(codec, 10**9) * channels)
    return stream


def encode_sound(container: Any, stream: AudioStream, audio: Audio) -> None:
    """Encode the first sound of the batch into the track."""
    samples = np.ascontiguousarray(audio.waveform[0].detach().float().cpu().clamp(-1, 1).numpy())
    for at in range(0, samples.shape[1], BLOCK):
        block = np.ascontiguousarray(samples[:, at : at + BLOCK])
        frame = AudioFrame.from_ndarray(block, format="fltp", layout=LAYOUTS[samples.shape[0]])
        frame.sample_rate, frame.pts = audio.sample_rate, at
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def at_supported_rate(audio: Audio, codec: str) -> Audio:
    """The sound at the lowest rate that the encoder takes and that loses nothing, or at its highest."""
    rates = av.Codec(codec, "w").audio_rates
    if not rates or audio.sample_rate in rates:
        return audio
    return resample(audio, min((r for r in rates if r > audio.sample_rate), default=max(rates)))


def _decode(container: Any, stream: AudioStream, start_s: float, end_s: float | None) -> Audio:
    if start_s > SEEK_FROM_S:
        container.seek(int(start_s * av.time_base), backward=True)
    rate = stream.rate
    resampler = AudioResampler(format="fltp")
    parts: list[Tensor] = []
    first = 0.0
    for frame in container.decode(stream):
        if end_s is not None and frame.time is not None and frame.time >= end_s:
            break
        if not parts:
            first = frame.time or 0.0
        parts += [torch.from_numpy(f.to_ndarray()) for f in resampler.resample(frame)]
    parts += [torch.from_numpy(f.to_ndarray()) for f in resampler.resample(None)]
    if not parts:
        return Audio(torch.zeros(1, stream.codec_context.channels, 0), rate)
    waveform = torch.cat(parts, dim=-1)
    begin = max(0, round((start_s - first) * rate)) if start_s > 0 else 0
    end = None if end_s is None else max(begin, round((end_s - first) * rate))
    return Audio(waveform[None, :, begin:end].contiguous(), rate)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
