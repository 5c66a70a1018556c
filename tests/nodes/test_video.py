"""Film: what a file keeps of its frames, colours, times and sound."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

import av
import pytest
import torch
from torch import Tensor

from files.errors import FileProblem
from files.folders import Folders
from files.save import Saver
from graph.errors import Cancelled, UserError
from graph.run import Run
from nodes import audio, logic, video
from nodes.film_encoding import CODECS
from nodes.film_files import probe_film, read_frames
from nodes.films import FileVideo, FrameVideo
from nodes.sounds import Audio
from tests.nodes.bench import Bench

RUN = Run("run", emit=lambda event: None)
FPS = 12


def steps(count: int = 12, height: int = 32, width: int = 48) -> Tensor:
    """Plain frames, each a little brighter in red and darker in blue, so that a frame tells its number."""
    level = torch.linspace(0.1, 0.9, count)
    colours = torch.stack([level, torch.full_like(level, 0.5), 1 - level], dim=-1)
    return colours[:, None, None].expand(count, height, width, 3).contiguous()


def tone(seconds: float = 1.0, rate: int = 48000) -> Audio:
    time = torch.arange(round(seconds * rate)) / rate
    return Audio((0.5 * torch.sin(2 * math.pi * 440 * time)).repeat(1, 2, 1), rate)


def film(
    path: Path, codec: str = "h264", form: str = "mp4", sound: Audio | None = None, images: Tensor | None = None
) -> FileVideo:
    with open(path, "wb") as file:
        FrameVideo(steps() if images is None else images, Fraction(FPS), sound).write(file, form, codec, {})
    return FileVideo(path)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "input").mkdir()
    return Folders(tmp_path)


@pytest.mark.parametrize(("codec", "form"), [(codec, form) for codec, c in CODECS.items() for form in c[3]])
def test_a_saved_film_has_its_frames_colours_and_sound(tmp_path: Path, codec: str, form: str) -> None:
    parts = film(tmp_path / f"film.{form}", codec, form, tone()).components()
    assert parts.images.shape == (12, 32, 48, 3)
    assert parts.fps == FPS
    assert (parts.images - steps()).abs().amax() < 0.03
    assert parts.audio is not None
    assert parts.audio.seconds == pytest.approx(1.0, abs=0.03)
    heard, meant = parts.audio.waveform[0, 0, 4800:43200], tone().waveform[0, 0, 4800:43200]
    assert (heard - meant).abs().amax() < 0.05


@pytest.mark.parametrize("codec", ["h264", "vp9"])
def test_a_slice_of_a_file_has_the_frames_of_its_seconds_and_their_sound(tmp_path: Path, codec: str) -> None:
    whole = film(tmp_path / "film.mkv", codec, "mkv", tone())
    part = video.slice_video(video=whole, start_time=0.25, duration=0.5)
    all_parts, parts = whole.components(), part.components()
    assert torch.equal(parts.images, all_parts.images[3:9])
    assert parts.audio is not None
    assert all_parts.audio is not None
    assert parts.audio.waveform.shape[-1] == 24_000
    torch.testing.assert_close(parts.audio.waveform, all_parts.audio.waveform[..., 12_000:36_000], atol=0.01, rtol=0)


def test_a_slice_of_a_slice_counts_from_where_it_starts(tmp_path: Path) -> None:
    whole = film(tmp_path / "film.mp4")
    part = whole.slice(0.25, 0).slice(0.25, 0.25)
    assert torch.equal(part.components().images, whole.components().images[6:9])


def test_frames_in_memory_are_sliced_alike() -> None:
    part = FrameVideo(steps(), Fraction(FPS), tone()).slice(-0.5, 0.25)
    parts = part.components()
    assert parts.audio is not None
    assert torch.equal(parts.images, steps()[6:9])
    assert (part.seconds, parts.audio.seconds) == (0.25, 0.25)


def test_a_slice_may_be_shorter_than_asked_for_unless_it_is_strict(tmp_path: Path) -> None:
    whole = film(tmp_path / "film.mp4")
    assert whole.slice(0.5, 5).seconds == pytest.approx(0.5)
    assert whole.slice(0, 5) is whole
    with pytest.raises(UserError, match=r"duration is 5 s; only 0\.50 s are left from 0\.50 s on\."):
        whole.slice(0.5, 5, strict=True)
    with pytest.raises(UserError, match=r"start_time is 1 s; the film is 1\.00 s long\."):
        whole.slice(1, 0)


def test_a_film_is_copied_without_loss_where_the_format_takes_it(tmp_path: Path, folders: Folders) -> None:
    source = film(tmp_path / "film.mp4", sound=tone())
    saved = video.save_video(video=source, filename_prefix="copy", prompt={"1": {}}, saver=Saver(folders), run=RUN)
    assert saved.ui == {
        "images": [{"filename": "copy_00001_.mp4", "subfolder": "", "type": "output"}],
        "animated": [True],
    }
    copy = FileVideo(folders.output / "copy_00001_.mp4")
    with av.open(str(copy.path)) as file:
        assert json.loads(file.metadata["prompt"]) == {"1": {}}
    ours, theirs = copy.components(), source.components()
    assert ours.audio is not None
    assert theirs.audio is not None
    assert torch.equal(ours.images, theirs.images)
    assert torch.equal(ours.audio.waveform, theirs.audio.waveform)


@pytest.mark.parametrize(
    ("form", "codec", "saved"),
    [("auto", "auto", "h264"), ("auto", "av1", "av1"), ("webm", "auto", "av1"), ("mkv", "vp9", "vp9")],
)
def test_the_codec_follows_from_the_format_and_the_other_way_round(
    folders: Folders, form: str, codec: str, saved: str
) -> None:
    made = video.create_video(images=steps(), fps=24.0)
    result = video.save_video(video=made, filename_prefix="x", format=form, codec=codec, saver=Saver(folders), run=RUN)
    assert result.ui is not None
    assert probe_film(folders.output / result.ui["images"][0]["filename"]).codec == saved


def test_a_codec_that_a_format_does_not_hold_is_refused_and_nothing_is_left(folders: Folders) -> None:
    made = video.create_video(images=steps())
    with pytest.raises(FileProblem, match=r"webm files hold no h264\. Choose one of mp4, mkv"):
        video.save_video(video=made, format="webm", codec="h264", saver=Saver(folders), run=RUN)
    assert [path for path in folders.output.rglob("*") if path.is_file()] == []


def test_frames_that_an_encoder_does_not_take_are_told_in_words(folders: Folders) -> None:
    for images, fps in ((steps(), 500.0), (steps(height=2, width=2), 24.0)):
        with pytest.raises(FileProblem, match="The av1 encoder takes no frames of"):
            video.save_webm(images=images, codec="av1", fps=fps, saver=Saver(folders), run=RUN)
    assert [path for path in folders.output.rglob("*") if path.is_file()] == []


def test_a_film_of_odd_size_gets_one_more_row_and_column(tmp_path: Path) -> None:
    parts = film(tmp_path / "film.mp4", images=steps(height=33, width=47)).components()
    assert parts.images.shape == (12, 34, 48, 3)
    assert (parts.images[:, 33] - parts.images[:, 32]).abs().amax() < 0.05


def test_ten_bits_are_kept_when_asked_for(tmp_path: Path) -> None:
    between = torch.full((4, 32, 48, 3), 127.5 / 255)  # 8 bits have 127 and 128 only, 0.002 off
    made = video.create_video(images=between, bit_depth=10)
    with open(tmp_path / "film.mp4", "wb") as file:
        made.write(file, "mp4", "h264", {})
    parts = FileVideo(tmp_path / "film.mp4").components()
    assert parts.bit_depth == 10
    assert (parts.images - between).abs().amax() < 0.001


def test_sound_longer_than_the_film_is_cut_off_with_it(tmp_path: Path) -> None:
    heard = film(tmp_path / "film.mp4", sound=tone(5.0)).components().audio
    assert heard is not None
    assert heard.seconds == pytest.approx(1.0, abs=0.03)


def test_a_film_on_its_side_is_read_upright(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    bright_on_top = torch.zeros(12, 32, 48, 3)
    bright_on_top[:, :16] = 1.0
    film(path, images=bright_on_top)
    data = path.read_bytes()
    unturned = b"".join(v.to_bytes(4, "big") for v in (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30))
    quarter = b"".join((v % 2**32).to_bytes(4, "big") for v in (0, 1 << 16, 0, -(1 << 16), 0, 0, 32 << 16, 0, 1 << 30))
    at = data.index(unturned, data.index(b"tkhd"))  # the track's own matrix, not the whole file's
    path.write_bytes(data[:at] + quarter + data[at + len(unturned) :])
    seen = FileVideo(path).components().images  # turned to the right by a quarter
    assert seen.shape == (12, 48, 32, 3)
    assert seen[:, :, :12].amax() < 0.1
    assert seen[:, :, 20:].amin() > 0.9
    assert FileVideo(path).size == (32, 48)
    with open(tmp_path / "copy.mp4", "wb") as file:
        FileVideo(path).write(file, "mp4", "auto", {})
    assert FileVideo(tmp_path / "copy.mp4").size == (32, 48)


def test_webm_keeps_transparency(folders: Folders) -> None:
    alpha = torch.zeros(4, 32, 48, 1)
    alpha[:, :, 24:] = 1.0
    pictures = torch.cat([steps(4), alpha], dim=-1)
    video.save_webm(images=pictures, codec="vp9", fps=12.0, filename_prefix="clear", saver=Saver(folders), run=RUN)
    with av.open(str(folders.output / "clear_00001_.webm")) as file:
        decoder = av.CodecContext.create("libvpx-vp9", "r")  # the usual one leaves transparency out
        packet = next(p for p in file.demux(video=0))
        seen = decoder.decode(packet)[0].to_ndarray(format="rgba")
    assert (seen[:, :20, 3].max(), seen[:, 28:, 3].min()) == (0, 255)


def test_whoever_cancels_stops_the_encoder_and_leaves_no_file(folders: Folders) -> None:
    run = Run("run", emit=lambda event: None)
    run.cancel()
    with pytest.raises(Cancelled):
        video.save_webm(images=steps(), codec="vp9", saver=Saver(folders), run=run)
    assert [path for path in folders.output.rglob("*") if path.is_file()] == []


def test_files_that_hold_no_film_are_refused_in_a_sentence(folders: Folders, tmp_path: Path) -> None:
    (folders.input / "film.mp4").write_bytes(b"no film at all")
    with pytest.raises(FileProblem, match=r"film\.mp4 cannot be read as a film"):
        video.load_video(file="film.mp4", folders=folders)
    with pytest.raises(UserError, match="There are no pictures"):
        video.create_video(images=torch.zeros(0, 8, 8, 3))


def test_a_film_goes_through_the_engine_from_file_to_file(folders: Folders) -> None:
    film(folders.input / "in.mp4", sound=tone())
    silent = film(folders.input / "silent.webm", "vp9", "webm")
    assert silent.components().audio is None
    bench = Bench(video, audio, logic, services={Folders: folders, Saver: Saver(folders)})
    result = bench.run(
        load=("LoadVideo", {"file": "in.mp4"}),
        slice=("Video Slice", {"video": ["load", 0], "start_time": 0.5, "duration": 0, "strict_duration": False}),
        parts=("GetVideoComponents", {"video": ["slice", 0]}),
        made=(
            "CreateVideo",
            {"images": ["parts", 0], "audio": ["parts", 1], "fps": ["parts", 2], "bit_depth": ["parts", 3]},
        ),
        save=("SaveVideo", {"video": ["made", 0], "filename_prefix": "%width%", "format": "mkv", "codec": "auto"}),
        fps=("PreviewAny", {"source": ["parts", 2]}),
        again=("GetVideoComponents", {"video": ["save", 0]}),
        depth=("PreviewAny", {"source": ["again", 3]}),
    )
    assert result.failure == ""
    assert (result.shown["fps"], result.shown["depth"]) == ({"text": ["12.0"]}, {"text": ["8"]})
    saved = folders.output / result.shown["save"]["images"][0]["filename"]
    assert saved.name == "48_00001_.mkv"
    assert len(list(read_frames(saved))) == 6


def test_sound_of_a_film_can_be_loaded_by_itself(folders: Folders) -> None:
    film(folders.input / "in.mp4", sound=tone())
    film(folders.input / "silent.mp4")
    assert audio.load_audio(audio="in.mp4", folders=folders).seconds == pytest.approx(1.0, abs=0.03)
    with pytest.raises(FileProblem, match=r"silent\.mp4 holds no sound"):
        audio.load_audio(audio="silent.mp4", folders=folders)
