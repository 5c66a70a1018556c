"""Sound: what the nodes do to samples, and what files keep of them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import av
import pytest
import torch
from torch import Tensor

from files.errors import FileProblem
from files.folders import Folders
from files.save import Saver
from graph.errors import UserError
from nodes import audio, logic, save_audio, sounds
from nodes.field_values import from_field, to_field
from nodes.sound_files import read_sound, write_sound
from nodes.sounds import Audio
from tests.nodes.bench import Bench


def tone(hertz: float, rate: int = 8000, seconds: float = 1.0, channels: int = 1) -> Audio:
    time = torch.arange(round(rate * seconds)) / rate
    return Audio((0.5 * torch.sin(2 * math.pi * hertz * time)).repeat(1, channels, 1), rate)


def ramp(*values: float, rate: int = 10) -> Audio:
    return Audio(torch.tensor([[values]]), rate)


def samples(sound: Audio) -> Any:
    return sound.waveform[0].tolist()


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "input").mkdir()
    return Folders(tmp_path)


@pytest.mark.parametrize(("old", "new"), [(44100, 48000), (48000, 44100), (8000, 16000), (44100, 22050)])
def test_a_resampled_tone_is_the_tone_sampled_at_the_new_rate(old: int, new: int) -> None:
    resampled, expected = sounds.resample(tone(440, old), new), tone(440, new)
    assert resampled.waveform.shape == expected.waveform.shape
    inner = slice(200, -200)  # a filter knows nothing of what lies beyond the ends
    assert (resampled.waveform - expected.waveform)[..., inner].abs().max() < 2e-3


def test_resampling_takes_away_what_the_new_rate_cannot_hold() -> None:
    resampled = sounds.resample(tone(7000, 16000), 8000).waveform
    assert resampled[..., 200:-200].abs().max() < 0.01


def test_sounds_of_no_length_can_be_resampled_too() -> None:
    assert sounds.resample(sounds.Audio(torch.zeros(2, 1, 0), 44100), 48000).waveform.shape == (2, 1, 0)


def test_odd_ratios_of_rates_cost_no_more_memory_than_others() -> None:
    assert sounds.resample(tone(440, 44100), 44101).waveform.shape[-1] == pytest.approx(44101, abs=2)


@pytest.mark.parametrize(
    ("start", "duration", "left"),
    [(0.2, 0.3, [2, 3, 4]), (-0.3, 0.2, [7, 8]), (0.8, 60, [8, 9]), (-5, 0.2, [0, 1]), (0, 1e300, list(range(10)))],
)
def test_trimming_keeps_the_seconds_asked_for(start: float, duration: float, left: list[int]) -> None:
    trimmed = audio.trim_audio(audio=ramp(*map(float, range(10))), start_index=start, duration=duration)
    assert samples(trimmed) == [left]


@pytest.mark.parametrize(("start", "duration"), [(1.0, 1.0), (0.0, 0.0), (1e300, 1.0)])
def test_trimming_everything_away_is_refused(start: float, duration: float) -> None:
    with pytest.raises(UserError, match=r"Nothing is left: the sound is 1\.00 s long"):
        audio.trim_audio(audio=ramp(*range(10)), start_index=start, duration=duration)


def test_joining_makes_stereo_of_mono_and_heeds_the_direction() -> None:
    one, two = ramp(1.0, 2.0), Audio(torch.tensor([[[3.0], [4.0]]]), 10)
    after = audio.join_audio(audio1=one, audio2=two, direction="after")
    before = audio.join_audio(audio1=one, audio2=two, direction="before")
    assert samples(after) == [[1, 2, 3], [1, 2, 4]]
    assert samples(before) == [[3, 1, 2], [4, 1, 2]]


def test_joining_brings_both_to_the_higher_rate() -> None:
    joined = audio.join_audio(audio1=tone(440, 8000), audio2=tone(440, 16000), direction="after")
    assert (joined.sample_rate, joined.waveform.shape) == (16000, (1, 2, 32000))


@pytest.mark.parametrize(
    ("method", "mixed"),
    [
        ("add", [0.5, 0.25, 0.5]),
        ("mean", [0.25, 0.125, 0.25]),
        ("subtract", [0.0, 0.25, 0.5]),
        ("multiply", [0.0625, 0.0, 0.0]),
    ],
)
def test_mixing_is_as_long_as_the_first_sound(method: str, mixed: list[float]) -> None:
    first, second = ramp(0.25, 0.25, 0.5), ramp(0.25)
    assert samples(audio.mix_audio(audio1=first, audio2=second, merge_method=method)) == [mixed]


def test_a_mix_that_would_pass_1_is_made_quieter_as_a_whole() -> None:
    mixed = audio.mix_audio(audio1=ramp(1.0, -0.5), audio2=ramp(1.0, 0.0), merge_method="add")
    assert samples(mixed) == [[1.0, -0.25]]


@pytest.mark.parametrize(("decibels", "factor"), [(0, 1.0), (20, 10.0), (-20, 0.1), (6, 1.9953)])
def test_volume_is_in_decibels(decibels: int, factor: float) -> None:
    louder = audio.adjust_volume(audio=ramp(0.5), volume=decibels)
    assert louder.waveform.item() == pytest.approx(0.5 * factor, rel=1e-4)


def test_channels_are_split_and_joined_again() -> None:
    stereo = Audio(torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]), 10)
    left, right = audio.split_channels(audio=stereo)
    assert (samples(left), samples(right)) == ([[1, 2]], [[3, 4]])
    assert samples(audio.join_channels(audio_left=left, audio_right=right)) == samples(stereo)
    with pytest.raises(UserError, match=r"The sound has 1 channel; splitting needs 2"):
        audio.split_channels(audio=left)
    with pytest.raises(UserError, match=r"audio_left has 2 channels; it has to be mono\."):
        audio.join_channels(audio_left=stereo, audio_right=left)


def test_silence_is_as_long_as_asked_and_not_longer_than_memory() -> None:
    assert audio.empty_audio(duration=0.5, sample_rate=8000, channels=2).waveform.shape == (1, 2, 4000)
    with pytest.raises(UserError, match="seconds are too long"):
        audio.empty_audio(duration=1e19)


@pytest.mark.parametrize(
    ("form", "quality", "rate", "error"),
    [
        ("flac", "", 44100, 2e-5),
        ("mp3", "V0", 44100, 0.01),
        ("mp3", "320k", 48000, 0.01),
        ("opus", "128k", 48000, 0.02),
        ("opus", "320k", 48000, 0.02),
        ("opus", "64k", 44100, 0.03),
        ("mp3", "128k", 96000, 0.05),
    ],
)
def test_a_saved_sound_is_heard_again(tmp_path: Path, form: str, quality: str, rate: int, error: float) -> None:
    sound = tone(440, rate, channels=1)
    with open(tmp_path / "sound", "wb") as file:
        write_sound(file, sound, form, quality, {"prompt": "{}"})
    heard = read_sound(tmp_path / "sound")
    assert heard is not None
    assert heard.seconds == pytest.approx(1.0, abs=0.001)
    heard = sounds.resample(heard, rate)
    assert (
        heard.waveform[..., 4000:-4000] - sound.waveform[..., 4000 : 4000 + heard.waveform.shape[-1] - 8000]
    ).abs().max() < error


def test_only_a_part_of_a_file_is_read_to_the_sample(tmp_path: Path) -> None:
    sound = tone(440, 8000, seconds=3.0)
    with open(tmp_path / "sound.flac", "wb") as file:
        write_sound(file, sound, "flac")
    part = read_sound(tmp_path / "sound.flac", 1.25, 2.0)
    assert part is not None
    torch.testing.assert_close(part.waveform, sound.waveform[..., 10_000:16_000], atol=1e-4, rtol=0)


def test_saving_writes_one_file_a_sound_with_the_workflow_inside(folders: Folders) -> None:
    two = Audio(torch.cat([tone(440).waveform, tone(220).waveform]), 8000)
    saved = save_audio.save_flac(audio=two, filename_prefix="a/b", prompt={"1": {}}, saver=Saver(folders))
    assert saved.ui == {"audio": [{"filename": f"b_0000{n}_.flac", "subfolder": "a", "type": "output"} for n in (1, 2)]}
    with av.open(str(folders.output / "a" / "b_00002_.flac")) as file:
        assert json.loads(file.metadata["prompt"]) == {"1": {}}
    second = read_sound(folders.output / "a" / "b_00002_.flac")
    assert second is not None
    torch.testing.assert_close(second.waveform, two.waveform[1:], atol=1e-4, rtol=0)


def test_a_user_who_wants_no_metadata_gets_none(folders: Folders) -> None:
    save_audio.save_mp3(audio=tone(440, 44100), prompt={"1": {}}, saver=Saver(folders, embed=False))
    with av.open(str(folders.output / "audio" / "Easel_00001_.mp3")) as file:
        assert "prompt" not in file.metadata


def test_the_engine_loads_cuts_and_saves_in_the_format_chosen(folders: Folders) -> None:
    with open(folders.input / "tone.flac", "wb") as file:
        write_sound(file, tone(440, 48000), "flac")
    bench = Bench(audio, save_audio, logic, services={Folders: folders, Saver: Saver(folders)})
    result = bench.run(
        load=("LoadAudio", {"audio": "tone.flac"}),
        trim=("TrimAudioDuration", {"audio": ["load", 0], "start_index": 0.0, "duration": 0.25}),
        save=(
            "SaveAudioAdvanced",
            {"audio": ["trim", 0], "filename_prefix": "x", "format": "opus", "format.quality": "96k"},
        ),
        preview=("PreviewAudio", {"audio": ["save", 0]}),
    )
    assert result.shown == {
        "save": {"audio": [{"filename": "x_00001_.opus", "subfolder": "", "type": "output"}]},
        "preview": {"audio": [{"filename": "preview_00001_.flac", "subfolder": "", "type": "temp"}]},
    }
    heard = read_sound(folders.output / "x_00001_.opus")
    assert heard is not None
    assert heard.seconds == pytest.approx(0.25, abs=0.001)


@pytest.mark.parametrize(
    ("choice", "complaint"),
    [
        ({"format": "wav"}, "There is no format 'wav'"),
        ({"format": "mp3", "quality": "64k"}, "There is no quality '64k' for mp3"),
    ],
)
def test_a_format_that_is_not_there_is_refused(folders: Folders, choice: dict[str, str], complaint: str) -> None:
    with pytest.raises(FileProblem, match=complaint):
        save_audio.save_audio(audio=tone(440), format=choice, saver=Saver(folders))


def test_a_sound_with_too_many_channels_for_a_format_is_refused(folders: Folders) -> None:
    with pytest.raises(
        FileProblem, match="A sound with 6 channels cannot be saved in this format; it may have up to 2"
    ):
        save_audio.save_mp3(audio=tone(440, 44100, channels=6), saver=Saver(folders))
    assert list(folders.output.rglob("*.*")) == []


def test_a_recorder_that_recorded_nothing_says_what_to_do(folders: Folders) -> None:
    with pytest.raises(FileProblem, match=r"Nothing was recorded yet\. Press Record"):
        audio.record_audio(audio="", folders=folders)


def test_a_file_that_is_no_sound_is_refused_in_a_sentence(folders: Folders) -> None:
    (folders.input / "sound.wav").write_bytes(b"RIFF but not really")
    with pytest.raises(FileProblem, match=r"sound\.wav cannot be read as sound"):
        audio.load_audio(audio="sound.wav", folders=folders)


def test_node_classes_of_the_field_see_sound_as_a_dictionary_and_nothing_is_lost() -> None:
    theirs = {"waveform": torch.zeros(1, 2, 4), "sample_rate": 8000, "title": "fox"}
    ours = from_field("AUDIO", theirs)
    assert isinstance(ours, Audio)
    back: dict[str, Tensor | Any] = to_field(ours)
    assert back.keys() == theirs.keys()
    assert all(back[key] is theirs[key] for key in theirs)
