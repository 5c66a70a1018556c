"""Keyframes of a long film, laid out over its segments: what WanDancer's second model fills up."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Annotated, Final, NamedTuple

import torch
from torch import Tensor

from graph.node import Slot, node
from graph.spec import Int, Port
from nodes.ports import IMAGE
from nodes.sounds import AUDIO, Audio, silence

CATEGORY: Final = "conditioning/video_models"
FRAME_RATE: Final = 30  # of the film that WanDancer makes
END_S: Final = 0.2
SILENT_RATE: Final = 44100  # samples a second of the silence in place of a sound

Frames = Annotated[int, Int(1, 10_000), "Frames of a segment."]


class Segment(NamedTuple):
    keyframes_sequence: IMAGE
    keyframes_mask: Annotated[Tensor, Port("MASK"), Slot(name="keyframes_mask")]
    audio_segment: AUDIO


class Segments(NamedTuple):
    keyframes_sequence: Annotated[list[Tensor], Port("IMAGE"), Slot(name="keyframes_sequence", is_list=True)]
    keyframes_mask: Annotated[list[Tensor], Port("MASK"), Slot(name="keyframes_mask", is_list=True)]
    audio_segment: Annotated[list[Audio], Port("AUDIO"), Slot(name="audio_segment", is_list=True)]


@node("WanDancerPadKeyframes", category=CATEGORY, needs_device=False)
def pad_keyframes(
    *,
    images: IMAGE,
    segment_length: Frames = 149,
    segment_index: Annotated[int, Int(0, 100), "0 is the first one."] = 0,
    audio: AUDIO,
) -> Segment:
    """One segment of a film as long as the sound: its keyframes, black between them, a mask of them, its sound."""
    return _segment(images, audio, segment_length, segment_index)


@node("WanDancerPadKeyframesList", category=CATEGORY, needs_device=False)
def list_keyframes(
    *,
    images: IMAGE,
    segment_length: Frames = 149,
    num_segments: Annotated[int, Int(1, 100), "How many to give."] = 1,
    audio: AUDIO | None = None,
) -> Segments:
    """The first segments of a film as long as the sound; without one, as long as they are together, and silent."""
    audio = audio or silence(num_segments * segment_length / FRAME_RATE, SILENT_RATE, channels=2)
    found = [_segment(images, audio, segment_length, index) for index in range(num_segments)]
    return Segments([one[0] for one in found], [one[1] for one in found], [one[2] for one in found])


def keyframe_places(count: int, segments: int, length: int, index: int) -> list[tuple[int, int]]:
    """(frame, keyframe) of those of ``count`` that stand in a segment: evenly over all, from frame 0 of each on.

    The last stands at the segment's end, and is the first of the next one, as WanDancer was trained.
    """
    if not count or not segments:
        return []
    apart = segments * length / count
    before_end = sum(number * apart < length - 1 - apart for number in range(count))
    first = index * before_end
    places = [(math.ceil(number * apart), first + number) for number in range(before_end)]
    return [(frame, key) for frame, key in [*places, (length - 1, first + before_end)] if key < count]


def _segment(images: Tensor, audio: Audio, length: int, index: int) -> Segment:
    # A rest that is shorter than END_S makes no segment of its own.
    segments = math.floor((audio.seconds - END_S) * FRAME_RATE / length) + 1 if audio.seconds > END_S else 0
    pictures = images.new_zeros(length, *images.shape[1:])
    mask = torch.zeros(length, *images.shape[1:3])
    for frame, key in keyframe_places(len(images), segments, length, index):
        pictures[frame], mask[frame] = images[key], 1.0
    return Segment(pictures, mask, _cut(audio, index * length / FRAME_RATE, length / FRAME_RATE))


def _cut(audio: Audio, start_s: float, seconds: float) -> Audio:
    """That part of the sound; silence where there is none any more, so that each segment is as long."""
    samples = round(seconds * audio.sample_rate)
    start = min(round(start_s * audio.sample_rate), audio.waveform.shape[-1])
    part = audio.waveform[..., start : start + samples]
    missing = samples - part.shape[-1]
    return replace(audio, waveform=torch.nn.functional.pad(part, (0, missing)))
