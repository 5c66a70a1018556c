"""Sound into files, and to be heard on the node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from files.errors import FileProblem
from files.save import Saver, fill_in
from graph.groups import DYNAMIC_COMBO
from graph.node import Done, Slot, node
from graph.spec import Choice, Group, Port, Text
from nodes.sound_files import QUALITIES, write_sound
from nodes.sounds import AUDIO, Audio
from nodes.workflow_tags import PngInfo, Prompt, workflow_tags

Prefix = Annotated[str, Text(), "Start of the file names; may hold a folder and %date:yyyy-MM-dd%."]
CATEGORY: Final = "audio"
DEFAULT_QUALITY: Final = {"flac": "", "mp3": "V0", "opus": "128k"}


def _quality(form: str) -> dict[str, Any]:
    options = {"default": DEFAULT_QUALITY[form], "options": list(QUALITIES[form])}
    return {"required": {"quality": ["COMBO", options]}} if QUALITIES[form] else {"required": {}}


FORMAT = Group(DYNAMIC_COMBO, {"options": [{"key": form, "inputs": _quality(form)} for form in QUALITIES]})


@node(
    "SaveAudio",
    display_name="Save Audio (FLAC)",
    category=CATEGORY,
    output=True,
    needs_device=False,
    not_idempotent=True,
)
def save_flac(
    *,
    audio: AUDIO,
    filename_prefix: Prefix = "audio/Easel",
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[None]:
    """Write a sound into the output folder as FLAC: 16 bits, nothing lost."""
    return _save(audio, filename_prefix, "flac", "", saver, prompt, extra_pnginfo)


@node(
    "SaveAudioMP3",
    display_name="Save Audio (MP3)",
    category=CATEGORY,
    output=True,
    needs_device=False,
    not_idempotent=True,
)
def save_mp3(
    *,
    audio: AUDIO,
    filename_prefix: Prefix = "audio/Easel",
    quality: Annotated[str, Choice(QUALITIES["mp3"], modern=True), "V0: best at a variable rate."] = "V0",
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[None]:
    """Write a sound into the output folder as MP3."""
    return _save(audio, filename_prefix, "mp3", quality, saver, prompt, extra_pnginfo)


@node(
    "SaveAudioOpus",
    display_name="Save Audio (Opus)",
    category=CATEGORY,
    output=True,
    needs_device=False,
    not_idempotent=True,
)
def save_opus(
    *,
    audio: AUDIO,
    filename_prefix: Prefix = "audio/Easel",
    quality: Annotated[str, Choice(QUALITIES["opus"], modern=True)] = "128k",
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[None]:
    """Write a sound into the output folder as Opus."""
    return _save(audio, filename_prefix, "opus", quality, saver, prompt, extra_pnginfo)


@node(
    "SaveAudioAdvanced",
    display_name="Save Audio (Advanced)",
    category=CATEGORY,
    output=True,
    needs_device=False,
    not_idempotent=True,
)
def save_audio(
    *,
    audio: AUDIO,
    filename_prefix: Prefix = "audio/Easel",
    format: Annotated[Mapping[str, str], FORMAT],  # the field's own word
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[Annotated[Audio, Port("AUDIO"), Slot(name="audio")]]:
    """Write a sound into the output folder as FLAC, MP3 or Opus, and pass it on."""
    form = format.get("format", "flac")
    if form not in QUALITIES:
        raise FileProblem(f"There is no format '{form}'. Choose one of {', '.join(QUALITIES)}.")
    quality = format.get("quality") or DEFAULT_QUALITY[form]
    if QUALITIES[form] and quality not in QUALITIES[form]:
        raise FileProblem(f"There is no quality '{quality}' for {form}. Choose one of {', '.join(QUALITIES[form])}.")
    saved = _save(audio, filename_prefix, form, quality, saver, prompt, extra_pnginfo)
    return Done((audio,), saved.ui)


@node(
    "PreviewAudio",
    display_name="Preview Audio",
    category=CATEGORY,
    output=True,
    needs_device=False,
    not_idempotent=True,
)
def preview_audio(*, audio: AUDIO, prompt: Prompt = None, extra_pnginfo: PngInfo = None, saver: Saver) -> Done[None]:
    """Hear a sound on the node; it is kept in the temp folder only."""
    return _save(audio, "preview", "flac", "", saver, prompt, extra_pnginfo, place="temp")


def _save(
    audio: Audio, prefix: str, form: str, quality: str, saver: Saver, prompt: Any, extra: Any, place: str = "output"
) -> Done[None]:
    tags = workflow_tags(saver, prompt, extra)
    saved = []
    for number in range(audio.waveform.shape[0]):
        one = Audio(audio.waveform[number : number + 1], audio.sample_rate)
        name = fill_in(prefix.replace("%batch_num%", str(number)), 0, 0)
        saved.append(
            saver.save(lambda file, one=one: write_sound(file, one, form, quality, tags), name, f".{form}", place=place)  # type: ignore[misc]  # the default binds the loop's value
        )
    return Done((), {"audio": saved})
