"""Sound: loaded, cut, joined, mixed."""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

from files.errors import FileProblem
from files.folders import Folders
from graph.node import Slot, node
from graph.spec import SEED_MAX, Choice, Float, Int, Port
from nodes import sounds
from nodes.sound_files import read_sound
from nodes.sounds import AUDIO, Audio

CATEGORY: Final = "audio"


class Channels(NamedTuple):
    left: AUDIO
    right: AUDIO


@node(
    "LoadAudio", display_name="Load Audio", category=CATEGORY, needs_device=False, synonyms=("open", "sound", "music")
)
def load_audio(
    *,
    audio: Annotated[str, Choice(folder="input", upload="audio", modern=True), "A sound or film of the input folder."],
    folders: Folders,
) -> AUDIO:
    """The sound of a file in the input folder."""
    return _read(audio, folders)


@node("RecordAudio", display_name="Record Audio", category=CATEGORY, needs_device=False, synonyms=("microphone",))
def record_audio(*, audio: Annotated[str, Port("AUDIO_RECORD", widget=True)], folders: Folders) -> AUDIO:
    """What you record in the editor."""
    if not audio.strip():
        raise FileProblem("Nothing was recorded yet. Press Record on the node, or upload a sound there.")
    return _read(audio, folders)


@node("EmptyAudio", display_name="Empty Audio", category=CATEGORY, needs_device=False, synonyms=("silence",))
def empty_audio(
    *,
    duration: Annotated[float, Float(0.0, SEED_MAX, 0.01), "Seconds."] = 60.0,
    sample_rate: Annotated[int, Int(1, 192_000), "Samples per second."] = 44100,
    channels: Annotated[int, Int(1, 2), "1 is mono, 2 stereo."] = 2,
) -> AUDIO:
    """Silence."""
    return sounds.silence(duration, sample_rate, channels)


@node("TrimAudioDuration", display_name="Trim Audio Duration", category=CATEGORY, needs_device=False, synonyms=("cut",))
def trim_audio(
    *,
    audio: AUDIO,
    start_index: Annotated[float, Float(-SEED_MAX, SEED_MAX, 0.01), "Seconds; negative counts from the end."] = 0.0,
    duration: Annotated[float, Float(0.0, step=0.01), "Seconds."] = 60.0,
) -> AUDIO:
    """A part of a sound."""
    return sounds.trim(audio, start_index, duration)


@node("AudioConcat", display_name="Audio Concat", category=CATEGORY, needs_device=False, synonyms=("join", "append"))
def join_audio(
    *, audio1: AUDIO, audio2: AUDIO, direction: Annotated[str, Choice(("after", "before"), modern=True)] = "after"
) -> AUDIO:
    """Two sounds, one after the other: ``audio2`` comes after or before ``audio1``."""
    return sounds.join(audio1, audio2) if direction == "after" else sounds.join(audio2, audio1)


@node("AudioMerge", display_name="Audio Merge", category=CATEGORY, needs_device=False, synonyms=("mix", "overlay"))
def mix_audio(
    *, audio1: AUDIO, audio2: AUDIO, merge_method: Annotated[str, Choice(tuple(sounds.MIXES), modern=True)]
) -> AUDIO:
    """Two sounds at once, as long as ``audio1``."""
    return sounds.mix(audio1, audio2, merge_method)


@node(
    "AudioAdjustVolume", display_name="Audio Adjust Volume", category=CATEGORY, needs_device=False, synonyms=("gain",)
)
def adjust_volume(
    *, audio: AUDIO, volume: Annotated[int, Int(-100, 100), "Decibels: 6 is about twice as loud, -6 half."] = 1
) -> AUDIO:
    """A sound made louder or quieter."""
    return sounds.amplify(audio, volume)


@node("SplitAudioChannels", display_name="Split Audio Channels", category=CATEGORY, needs_device=False)
def split_channels(*, audio: AUDIO) -> Channels:
    """The left and the right of a stereo sound, each mono."""
    return Channels(*sounds.split_channels(audio))


@node("JoinAudioChannels", display_name="Join Audio Channels", category=CATEGORY, needs_device=False)
def join_channels(*, audio_left: AUDIO, audio_right: AUDIO) -> Annotated[Audio, Port("AUDIO"), Slot(name="audio")]:
    """Two mono sounds as the left and the right of a stereo sound."""
    return sounds.join_channels(audio_left, audio_right)


def _read(name: str, folders: Folders) -> Audio:
    found = read_sound(folders.find("input", name))
    if found is None:
        raise FileProblem(f"{name} holds no sound, only pictures. Choose another file.")
    return found
