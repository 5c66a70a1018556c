"""Graphs are read out of every kind of file that carries them, however other programs wrote it."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from files.embed import read_metadata
from files.errors import FileProblem

GRAPH = {"1": {"class_type": "A", "inputs": {"text": "été 🐱 ]]> <b>"}}}
WORKFLOW = {"nodes": [], "version": 0.4}
TEXTS = {"prompt": json.dumps(GRAPH), "workflow": json.dumps(WORKFLOW)}
BOTH = {"prompt": GRAPH, "workflow": WORKFLOW}
PICTURE = Image.new("RGB", (8, 8), "red")


def graphs(path: Path) -> dict[str, Any]:
    return {key: value for key, value in read_metadata(path).items() if key in BOTH}


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunks(path: Path, *chunks: bytes) -> Path:
    """A PNG with more chunks, after its pixels."""
    PICTURE.save(path)
    data = path.read_bytes()
    path.write_bytes(data[:-12] + b"".join(chunks) + data[-12:])
    return path


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("form", ["text", "international"])
def test_png(tmp_path: Path, form: str, is_packed: bool) -> None:
    info = PngInfo()
    for key, text in TEXTS.items():
        add = info.add_text if form == "text" else info.add_itxt
        add(key, text, zip=is_packed)
    PICTURE.save(tmp_path / "x.png", pnginfo=info)
    assert graphs(tmp_path / "x.png") == BOTH


def test_animated_png_with_private_chunks_after_the_pixels(tmp_path: Path) -> None:
    chunks = [chunk(b"comf", key.encode() + b"\0" + text.encode()) for key, text in TEXTS.items()]
    assert graphs(with_chunks(tmp_path / "x.png", *chunks)) == BOTH


def test_a_png_that_was_cut_short_gives_what_came_before(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("prompt", TEXTS["prompt"])
    PICTURE.save(tmp_path / "x.png", pnginfo=info)
    data = (tmp_path / "x.png").read_bytes()
    (tmp_path / "x.png").write_bytes(data[:-20])
    assert graphs(tmp_path / "x.png") == {"prompt": GRAPH}


def test_a_text_that_would_unpack_to_more_than_64_mb_is_cut_off(tmp_path: Path) -> None:
    packer = zlib.compressobj()
    bomb = b"".join(packer.compress(b" " * 10_000_000) for _ in range(8)) + packer.flush()
    path = with_chunks(tmp_path / "x.png", chunk(b"zTXt", b"prompt\0\0" + bomb))
    assert len(read_metadata(path)["prompt"]) == 64_000_000


@pytest.mark.parametrize("form", ["webp", "jpeg", "avif"])
def test_pictures_with_exif(tmp_path: Path, form: str) -> None:
    exif = Image.Exif()
    exif[0x0110], exif[0x010F] = f"prompt:{TEXTS['prompt']}", f"workflow:{TEXTS['workflow']}"
    PICTURE.save(tmp_path / f"x.{form}", exif=exif)
    assert graphs(tmp_path / f"x.{form}") == BOTH


def test_exif_as_other_programs_write_it(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E], exif[0x010F] = f"Workflow: {TEXTS['workflow']}", f"Prompt: {TEXTS['prompt']}"
    PICTURE.save(tmp_path / "x.webp", exif=exif)
    assert graphs(tmp_path / "x.webp") == BOTH


@pytest.mark.parametrize("form", ["jpeg", "webp"])
@pytest.mark.parametrize("order", ["utf-16-be", "utf-16-le"])
def test_the_web_uis_parameters_in_a_users_comment(tmp_path: Path, form: str, order: str) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + "a cat\nSteps: 20, Seed: 1".encode(order)
    PICTURE.save(tmp_path / f"x.{form}", exif=exif)
    assert read_metadata(tmp_path / f"x.{form}")["parameters"] == "a cat\nSteps: 20, Seed: 1"


def test_the_web_uis_parameters_in_a_png(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("parameters", "a cat\nSteps: 20")
    PICTURE.save(tmp_path / "x.png", pnginfo=info)
    assert read_metadata(tmp_path / "x.png") == {"parameters": "a cat\nSteps: 20"}


@pytest.mark.parametrize(
    ("suffix", "container", "codec"),
    [("flac", "flac", "flac"), ("mp3", "mp3", "libmp3lame"), ("opus", "ogg", "libopus")],
)
def test_sounds(tmp_path: Path, suffix: str, container: str, codec: str) -> None:
    with av.open(str(tmp_path / f"x.{suffix}"), "w", format=container) as out:
        out.metadata.update(TEXTS)
        stream = out.add_stream(codec, rate=48000, layout="stereo")
        frame = AudioFrame.from_ndarray(np.zeros((2, 4800), np.float32), format="fltp", layout="stereo")
        frame.sample_rate = 48000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    assert graphs(tmp_path / f"x.{suffix}") == BOTH


def film(path: Path, tags: dict[str, str]) -> Path:
    options = {"movflags": "use_metadata_tags"} if path.suffix in (".mp4", ".mov") else {}
    with av.open(str(path), "w", options=options) as out:
        out.metadata.update(tags)
        stream = out.add_stream("libvpx-vp9" if path.suffix == ".webm" else "libx264", rate=8)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
        out.mux(stream.encode(VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("suffix", ["mp4", "mov", "webm", "mkv"])
def test_films(tmp_path: Path, suffix: str) -> None:
    assert graphs(film(tmp_path / f"x.{suffix}", TEXTS)) == BOTH


def test_films_with_everything_in_their_comment(tmp_path: Path) -> None:
    assert graphs(film(tmp_path / "x.mp4", {"comment": json.dumps({**TEXTS, "workflow": WORKFLOW})})) == BOTH


@pytest.mark.parametrize("suffix", ["safetensors", "latent"])
def test_safetensors_and_latents(tmp_path: Path, suffix: str) -> None:
    header = json.dumps({"__metadata__": TEXTS}).encode()
    (tmp_path / f"x.{suffix}").write_bytes(struct.pack("<Q", len(header)) + header)
    assert graphs(tmp_path / f"x.{suffix}") == BOTH


def test_glb(tmp_path: Path) -> None:
    body = json.dumps({"asset": {"version": "2.0", "extras": TEXTS}}).encode()
    head = struct.pack("<4sII", b"glTF", 2, 20 + len(body)) + struct.pack("<II", len(body), 0x4E4F534A)
    (tmp_path / "x.glb").write_bytes(head + body)
    assert graphs(tmp_path / "x.glb") == BOTH


@pytest.mark.parametrize("start", ["", '<?xml version="1.0"?>\n'])
def test_svg(tmp_path: Path, start: str) -> None:
    inside = json.dumps(BOTH).replace("]]>", "]]\\u003e")
    (tmp_path / "x.svg").write_text(f"{start}<svg><metadata><![CDATA[{inside}]]></metadata><path/></svg>")
    assert graphs(tmp_path / "x.svg") == BOTH


def test_a_files_name_does_not_matter(tmp_path: Path) -> None:
    film(tmp_path / "x.mp4", TEXTS).rename(tmp_path / "x.png")
    assert graphs(tmp_path / "x.png") == BOTH


@pytest.mark.parametrize(
    "data", [b"", b"no picture", b"12345678{", b"\xff\xd8\xff", b"glTF", b"OggS", b"<html>", b"{}"]
)
def test_files_that_can_carry_nothing_are_refused_by_name(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.png").write_bytes(data)
    with pytest.raises(FileProblem, match=r"x\.png is not a picture, sound, film or model that can be read"):
        read_metadata(tmp_path / "x.png")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=r"Cannot read gone\.png: No such file"):
        read_metadata(tmp_path / "gone.png")


def test_a_file_without_texts_has_none(tmp_path: Path) -> None:
    PICTURE.save(tmp_path / "x.png")
    PICTURE.save(tmp_path / "x.webp")
    assert (read_metadata(tmp_path / "x.png"), graphs(tmp_path / "x.webp")) == ({}, {})
