"""Keyframes over the segments of a film."""

from __future__ import annotations

import torch

from nodes.dance_keyframes import keyframe_places, list_keyframes, pad_keyframes
from nodes.sounds import Audio

# Two seconds at 300 samples a second, each sample its own number: 60 frames of 10 samples.
SOUND = Audio(torch.arange(600.0).reshape(1, 1, -1), 300)
KEYS = torch.tensor([0.1, 0.2, 0.3]).reshape(3, 1, 1, 1).expand(3, 2, 2, 3)


def test_keyframes_stand_evenly_and_the_last_of_a_segment_is_the_first_of_the_next() -> None:
    assert keyframe_places(3, 2, 40, 0) == [(0, 0), (39, 1)]
    assert keyframe_places(3, 2, 40, 1) == [(0, 1), (39, 2)]
    assert keyframe_places(6, 2, 40, 0) == [(0, 0), (14, 1), (39, 2)]  # 13.3 frames apart
    assert keyframe_places(6, 2, 40, 1) == [(0, 2), (14, 3), (39, 4)]
    assert keyframe_places(1, 2, 40, 0) == [(39, 0)]
    assert keyframe_places(3, 2, 40, 9) == keyframe_places(3, 0, 40, 0) == []


def test_a_segment_holds_its_keyframes_black_between_them_and_its_sound() -> None:
    frames, mask, sound = pad_keyframes(images=KEYS, audio=SOUND, segment_length=40, segment_index=0)
    assert (frames.shape, mask.shape) == ((40, 2, 2, 3), (40, 2, 2))
    assert {i: round(float(frames[i].mean()), 3) for i in range(40) if frames[i].any()} == {0: 0.1, 39: 0.2}
    assert [i for i in range(40) if mask[i].all()] == [0, 39]
    assert [i for i in range(40) if mask[i].any()] == [0, 39]
    assert sound.waveform[0, 0].tolist() == list(range(400))


def test_the_last_segment_is_filled_up_with_silence() -> None:
    frames, mask, sound = pad_keyframes(images=KEYS, audio=SOUND, segment_length=40, segment_index=1)
    assert [i for i in range(40) if mask[i].any()] == [0, 39]
    assert [round(float(frames[i].mean()), 3) for i in (0, 39)] == [0.2, 0.3]
    assert sound.waveform[0, 0].tolist() == [*range(400, 600), *[0] * 200]


def test_a_short_rest_of_the_sound_makes_no_segment_of_its_own() -> None:
    _, whole, _ = pad_keyframes(images=KEYS, audio=SOUND, segment_length=60, segment_index=0)
    _, longer, _ = pad_keyframes(images=KEYS, audio=SOUND, segment_length=55, segment_index=0)  # 0.17 s are left
    assert [[i for i in range(len(mask)) if mask[i].any()] for mask in (whole, longer)] == [[0, 20, 59], [0, 19, 54]]


def test_the_list_gives_the_segments_in_order() -> None:
    segments = list_keyframes(images=KEYS, audio=SOUND, segment_length=40, num_segments=2)
    assert [[i for i in range(40) if mask[i].any()] for mask in segments.keyframes_mask] == [[0, 39], [0, 39]]
    assert [sound.seconds for sound in segments.audio_segment] == [40 / 30, 40 / 30]


def test_without_a_sound_the_film_is_as_long_as_its_segments() -> None:
    segments = list_keyframes(images=KEYS, segment_length=30, num_segments=2)
    assert [[i for i in range(30) if mask[i].any()] for mask in segments.keyframes_mask] == [[0, 29], [0, 29]]
    assert not any(sound.waveform.any() for sound in segments.audio_segment)
