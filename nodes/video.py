"""Film: load, cut, take apart, put together, save."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import IO, Annotated, Any, NamedTuple

from torch import Tensor

from files.folders import Folders
from files.save import Saver, fill_in
from graph.errors import UserError
from graph.node import Done, Slot, node
from graph.run import Run
from graph.spec import Choice, Float, Port, Text, Toggle
from nodes.film_encoding import write_film
from nodes.films import VIDEO, FileVideo, FrameVideo, Video, reported, to_frames, usual_form
from nodes.ports import IMAGE
from nodes.sounds import AUDIO, Audio
from nodes.workflow_tags import PngInfo, Prompt, workflow_tags

Prefix = Annotated[str, Text(), "Start of the file names; may hold a folder, %date:yyyy-MM-dd%, %width%, %height%."]
CATEGORY = "image/video"


BIT_DEPTHS = ("auto", 8, 10)


class Parts(NamedTuple):
    images: IMAGE
    audio: Annotated[Audio | None, Port("AUDIO"), Slot(name="audio")]
    fps: Annotated[float, Float()]
    bit_depth: Annotated[int, Choice(BIT_DEPTHS, modern=True)]


@node("LoadVideo", display_name="Load Video", category=CATEGORY, needs_device=False, synonyms=("open", "film", "movie"))
def load_video(
    *,
    file: Annotated[str, Choice(folder="input", upload="video", modern=True), "A film of the input folder."],
    folders: Folders,
) -> VIDEO:
    """A film from the input folder. Its frames are read when they are needed."""
    return FileVideo(folders.find("input", file))


@node("CreateVideo", display_name="Create Video", category=CATEGORY, needs_device=False, synonyms=("film", "combine"))
def create_video(
    *,
    images: IMAGE,
    fps: Annotated[float, Float(1.0, 120.0, 1.0), "Frames per second."] = 30.0,
    audio: AUDIO | None = None,
    bit_depth: Annotated[
        Any, Choice(BIT_DEPTHS, modern=True), "Bits a colour has in the file; auto is 8.", Slot(optional=True)
    ] = "auto",
) -> VIDEO:
    """Pictures as the frames of a film, with a sound if you like."""
    if images.shape[0] == 0:
        raise UserError("There are no pictures to make a film of.")
    return FrameVideo(images, Fraction(fps).limit_denominator(1001), audio, 10 if bit_depth == 10 else 8)


@node("GetVideoComponents", display_name="Get Video Components", category=CATEGORY, needs_device=False)
def take_apart(*, video: VIDEO, run: Run) -> Parts:
    """The frames of a film as pictures, its sound (nothing if it is silent), its frames per second, its bit depth."""
    parts = video.components(run.progress)
    return Parts(parts.images, parts.audio, float(parts.fps), parts.bit_depth)


@node("Video Slice", display_name="Video Slice", category=CATEGORY, needs_device=False, synonyms=("trim", "cut"))
def slice_video(
    *,
    video: VIDEO,
    start_time: Annotated[float, Float(-1e5, 1e5, 0.001), "Seconds; negative counts from the end."] = 0.0,
    duration: Annotated[float, Float(0.0, step=0.001), "Seconds; 0 takes all the rest."] = 0.0,
    strict_duration: Annotated[bool, Toggle(), "Refuse a film that is too short, instead of giving less."] = False,
) -> VIDEO:
    """A part of a film."""
    return video.slice(start_time, duration, strict=strict_duration)


@node("SaveVideo", display_name="Save Video", category=CATEGORY, output=True, needs_device=False, not_idempotent=True)
def save_video(
    *,
    video: VIDEO,
    filename_prefix: Prefix = "video/Easel",
    format: Annotated[  # the field's own word
        str, Choice(("auto", "mp4", "mkv", "webm"), modern=True), "auto: what the codec usually lives in, else mp4."
    ] = "auto",
    codec: Annotated[
        str, Choice(("auto", "h264", "av1", "vp9"), modern=True), "auto: keep a file's own where the format takes it."
    ] = "auto",
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
    run: Run,
) -> Done[Annotated[Video, Port("VIDEO"), Slot(name="video")]]:
    """Write a film into the output folder, with its workflow inside, and pass it on."""
    form = usual_form(codec) if format == "auto" else format
    tags = workflow_tags(saver, prompt, extra_pnginfo)

    def write(file: IO[bytes]) -> None:
        video.write(file, form, codec, tags, run.progress)

    saved = saver.save(write, fill_in(filename_prefix, *video.size), f".{form}", place="output")
    return Done((video,), _shown(saved))


@node(
    "SaveWEBM",
    category=CATEGORY,
    output=True,
    experimental=True,
    needs_device=False,
    not_idempotent=True,
)
def save_webm(
    *,
    images: Annotated[Tensor, Port("IMAGE"), "RGBA pictures keep their transparency with vp9."],
    filename_prefix: Prefix = "Easel",
    codec: Annotated[str, Choice(("vp9", "av1"), modern=True)],
    fps: Annotated[float, Float(0.01, 1000.0, 0.01), "Frames per second."] = 24.0,
    crf: Annotated[float, Float(0, 63.0, 1), "Higher is smaller and worse."] = 32.0,
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
    run: Run,
) -> Done[None]:
    """Write pictures into the output folder as a WebM film."""
    tags = workflow_tags(saver, prompt, extra_pnginfo)
    total = images.shape[0]

    def write(file: IO[bytes]) -> None:
        frames = reported(to_frames(images), total, run.progress)
        write_film(file, frames, Fraction(fps).limit_denominator(1001), form="webm", codec=codec, crf=crf, tags=tags)

    name = fill_in(filename_prefix, images.shape[2], images.shape[1])
    return Done((), _shown(saver.save(write, name, ".webm", place="output")))


def _shown(saved: Mapping[str, str]) -> dict[str, list[Any]]:
    return {"images": [saved], "animated": [True]}
