"""Keyframes over the segments of a film."""

from __future__ import annotations

import torch

from nodes.dance_keyframes import keyframe_places, list_keyframes, pad_keyframes
from nodes.sounds import Audio

# Two seconds at 300 samples a second, each sample its own number: 60 frames of 10 samples.
SOUND = Audio(torch.arange(600.0).reshape(1, 1, -1), 300)
KEYS = torch.tensor([0.1, 0.2, 0.3]).reshape(3, 1, 1, 1).expand(3, 2, 2, 3)


def test_keyframes_stand_evenly_from_the_first_frame_to_the_last() -> None:
    assert keyframe_places(3, 61) == [0, 30, 60]
    assert keyframe_places(1, 60) == [0]


def test_a_segment_holds_its_keyframes_black_between_them_and_its_sound() -> None:
    frames, mask, sound = pad_keyframes(images=KEYS, audio=SOUND, segment_length=40, segment_index=0)
    assert (frames.shape, mask.shape) == ((40, 2, 2, 3), (40, 2, 2))
    assert {i: round(float(frames[i].mean()), 3) for i in range(40) if frames[i].any()} == {0: 0.1, 30: 0.2}
    assert [i for i in range(40) if mask[i].all()] == [0, 30]
    assert [i for i in range(40) if mask[i].any()] == [0, 30]
    assert sound.waveform[0, 0].tolist() == list(range(400))


def test_the_last_segment_is_filled_up_with_silence() -> None:
    frames, mask, sound = pad_keyframes(images=KEYS, audio=SOUND, segment_length=40, segment_index=1)
    assert [i for i in range(40) if mask[i].any()] == [19]  # frame 59
    assert round(float(frames[19].mean()), 3) == 0.3
    assert sound.waveform[0, 0].tolist() == [*range(400, 600), *[0] * 200]


def test_the_list_gives_the_segments_in_order() -> None:
    segments = list_keyframes(images=KEYS, audio=SOUND, segment_length=40, num_segments=2)
    assert [[i for i in range(40) if mask[i].any()] for mask in segments.keyframes_mask] == [[0, 30], [19]]
    assert [sound.seconds for sound in segments.audio_segment] == [40 / 30, 40 / 30]


def test_without_a_sound_the_film_is_as_long_as_its_segments() -> None:
    segments = list_keyframes(images=KEYS, segment_length=30, num_segments=2)
    assert [[i for i in range(30) if mask[i].any()] for mask in segments.keyframes_mask] == [[0], [0, 29]]
    assert not any(sound.waveform.any() for sound in segments.audio_segment)
