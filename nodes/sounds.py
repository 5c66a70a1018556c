"""Sound on the wires, and what can be done with it. Two sounds are brought to one rate and channel count first."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Annotated, Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor

from graph.errors import UserError
from graph.spec import Port

SAMPLES_MAX: Final = 2**31


@dataclass(frozen=True)
class Audio:
    """Sound. waveform: ``(batch, channels, samples)`` float32, about -1..1. sample_rate: samples per second.

    ``extra`` holds what node packs put beside these two.
    """

    waveform: Tensor
    sample_rate: int
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return self.waveform.shape[-1] / self.sample_rate


AUDIO = Annotated[Audio, Port("AUDIO")]


def silence(seconds: float, sample_rate: int, channels: int) -> Audio:
    """Nothing to hear, for so long."""
    samples = round(seconds * sample_rate)
    if samples * channels > SAMPLES_MAX:
        most = SAMPLES_MAX / channels / sample_rate
        raise UserError(f"{seconds:g} seconds are too long; at {sample_rate} Hz it may be {most:.0f}.")
    return Audio(torch.zeros(1, channels, samples), sample_rate)


def trim(audio: Audio, start_s: float, duration_s: float) -> Audio:
    """The part of that length from ``start_s`` on, which counts from the end if it is negative; cut off at the end."""
    length, rate = audio.waveform.shape[-1], audio.sample_rate
    # Clamped as seconds: the widgets allow numbers that are no sample counts.
    start_s = max(audio.seconds + start_s, 0.0) if start_s < 0 else start_s
    start = min(round(min(start_s, audio.seconds) * rate), length)
    end = min(start + round(min(duration_s, audio.seconds) * rate), length)
    if start >= end:
        raise UserError(
            f"Nothing is left: the sound is {audio.seconds:.2f} s long, and {duration_s:g} s from {start_s:g} s on are "
            "asked for. Start earlier, or take more."
        )
    return replace(audio, waveform=audio.waveform[..., start:end])


def amplify(audio: Audio, decibels: float) -> Audio:
    """Louder or quieter: +6 dB is about twice the amplitude. Nothing is clipped before the sound is saved."""
    return replace(audio, waveform=audio.waveform * 10 ** (decibels / 20))


def join(first: Audio, second: Audio) -> Audio:
    """One after the other, in stereo if either is mono."""
    first, second = match(to_stereo(first), to_stereo(second))
    return Audio(torch.cat([first.waveform, second.waveform], dim=-1), first.sample_rate)


MIXES: Final[Mapping[str, Callable[[Tensor, Tensor], Tensor]]] = {
    "add": torch.add,
    "mean": lambda a, b: (a + b) / 2,
    "subtract": torch.sub,
    "multiply": torch.mul,
}


def mix(first: Audio, second: Audio, method: str) -> Audio:
    """Both at once, as long as the first; made quieter as a whole where the sum would pass 1."""
    first, second = match(first, second)
    length = first.waveform.shape[-1]
    other = second.waveform[..., :length]
    mixed = MIXES[method](first.waveform, F.pad(other, (0, length - other.shape[-1])))
    peak = mixed.abs().amax() if mixed.numel() else 0.0
    return Audio(mixed / peak if peak > 1 else mixed, first.sample_rate)


def split_channels(audio: Audio) -> tuple[Audio, Audio]:
    """Left and right, each mono."""
    if audio.waveform.shape[1] != 2:
        raise UserError(f"The sound has {_count(audio.waveform.shape[1])}; splitting needs 2, left and right.")
    left, right = (replace(audio, waveform=audio.waveform[:, i : i + 1]) for i in (0, 1))
    return left, right


def join_channels(left: Audio, right: Audio) -> Audio:
    """Two mono sounds as left and right, as long as the shorter."""
    for name, audio in (("audio_left", left), ("audio_right", right)):
        if audio.waveform.shape[1] != 1:
            raise UserError(f"{name} has {_count(audio.waveform.shape[1])}; it has to be mono.")
    left, right = match(left, right)
    length = min(left.waveform.shape[-1], right.waveform.shape[-1])
    return Audio(torch.cat([left.waveform[..., :length], right.waveform[..., :length]], dim=1), left.sample_rate)


def to_stereo(audio: Audio) -> Audio:
    """A mono sound on both sides; others as they are."""
    waveform = audio.waveform
    return replace(audio, waveform=waveform.repeat(1, 2, 1)) if waveform.shape[1] == 1 else audio


def match(first: Audio, second: Audio) -> tuple[Audio, Audio]:
    """Both at the higher rate, with as many channels (mono is repeated) and as large a batch."""
    rate = max(first.sample_rate, second.sample_rate)
    a, b = resample(first, rate).waveform, resample(second, rate).waveform
    batch, channels = (max(a.shape[i], b.shape[i]) for i in (0, 1))
    for waveform in (a, b):
        if waveform.shape[1] not in (1, channels) or waveform.shape[0] not in (1, batch):
            raise UserError(
                f"The sounds do not fit together: {_count(a.shape[1])} in a batch of {a.shape[0]}, "
                f"and {_count(b.shape[1])} in a batch of {b.shape[0]}."
            )
    return tuple(Audio(w.expand(batch, channels, -1), rate) for w in (a, b))  # type: ignore[return-value]  # a pair


def resample(audio: Audio, sample_rate: int) -> Audio:
    """The same sound at another rate, band-limited.

    A windowed sinc of six zero crossings that rolls off at 99 % of the lower Nyquist frequency, evaluated at each
    output phase (J. O. Smith, Digital Audio Resampling). A ratio without a short fraction is taken as the nearest.
    """
    if sample_rate == audio.sample_rate:
        return audio
    ratio = Fraction(sample_rate, audio.sample_rate).limit_denominator(1000)
    new, old = ratio.numerator, ratio.denominator
    kernels, width = _sinc_kernels(old, new)
    batch, channels, length = audio.waveform.shape
    flat = F.pad(audio.waveform.reshape(batch * channels, 1, length), (width, width + old))
    frames = F.conv1d(flat, kernels.to(flat), stride=old)
    waveform = frames.transpose(1, 2).reshape(batch, channels, -1)[..., : math.ceil(length * new / old)]
    return replace(audio, waveform=waveform, sample_rate=sample_rate)


def _sinc_kernels(old: int, new: int, crossings: int = 6, rolloff: float = 0.99) -> tuple[Tensor, int]:
    """One filter for each of ``new`` output phases: ``(new, 1, 2 * width + old)``, and how far it looks back."""
    cutoff = min(old, new) * rolloff
    width = math.ceil(crossings * old / cutoff)
    inputs = torch.arange(-width, width + old, dtype=torch.float64) / old
    outputs = torch.arange(new, dtype=torch.float64)[:, None] / new
    time = ((inputs - outputs) * cutoff).clamp(-crossings, crossings)
    window = torch.cos(time * math.pi / crossings / 2) ** 2
    return (torch.sinc(time) * window * cutoff / old)[:, None], width


def _count(channels: int) -> str:
    return f"{channels} channel" + ("" if channels == 1 else "s")
