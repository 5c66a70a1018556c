"""What people and programs get wrong, through the built-in nodes: each ends in a sentence, never in a traceback."""

from __future__ import annotations

import asyncio
import json
import logging
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from diffusion.checkpoint.header import read_header
from diffusion.errors import BadFile
from graph.document import parse_prompt
from graph.events import Event, Failed, Succeeded
from graph.report import place
from graph.validate import check
from jobs.choices import FileChoices
from jobs.options import RunOptions
from nodes.pictures import to_pictures
from tests.diffusion.tiny import write_sd1_checkpoint
from worker.loading import build_house
from worker.runner import Runner


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    base = tmp_path_factory.mktemp("base")
    (base / "models/checkpoints").mkdir(parents=True)
    (base / "input").mkdir()
    write_sd1_checkpoint(base / "models/checkpoints/tiny.safetensors")
    return Runner(build_house(RunOptions(base_directory=base, cpu=True)))


def call(node_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": node_type, "inputs": inputs}


def painting(**changes: Any) -> dict[str, Any]:
    sampler = {"seed": 1, "steps": 1, "cfg": 3.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}
    links = {"model": ["1", 0], "positive": ["2", 0], "negative": ["2", 0], "latent_image": ["4", 0]}
    return {
        "1": call("CheckpointLoaderSimple", ckpt_name="tiny.safetensors"),
        "2": call("CLIPTextEncode", text="a", clip=["1", 1]),
        "4": call("EmptyLatentImage", width=64, height=32, batch_size=1),
        "5": call("KSampler", **{**sampler, **links, **changes}),
        "6": call("VAEDecode", samples=["5", 0], vae=["1", 2]),
        "7": call("SaveImage", images=["6", 0], filename_prefix="bad"),
    }


def saved(source: list[Any], **more: dict[str, Any]) -> dict[str, Any]:
    """These nodes, and what comes out of ``source`` saved."""
    return {**more, "save": call("SaveImage", images=source, filename_prefix="bad")}


def refused(runner: Runner, prompt: dict[str, Any]) -> list[str]:
    """What is said of a graph that does not even start."""
    graph = parse_prompt(prompt)
    checked = check(graph, runner.house.catalog, None, FileChoices(runner.house.folders))
    assert not checked.outputs
    return [place(problem, graph) for problem in checked.problems]


def failure(runner: Runner, prompt: dict[str, Any]) -> Failed:
    """How a graph fails that looked good; without a traceback, since it is nobody's bug."""
    told = run(runner, prompt)
    assert isinstance(told, Failed), told
    assert not told.traceback
    return told


def run(runner: Runner, prompt: dict[str, Any]) -> Event:
    checked = check(parse_prompt(prompt), runner.house.catalog, None, FileChoices(runner.house.folders))
    assert checked.outputs, checked.problems
    events: list[Event] = []
    asyncio.run(runner.run(runner.open_run("r", prompt, {}, events.append), checked.graph, tuple(checked.outputs)))
    return events[-1]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"steps": 0}, "KSampler (node 5): steps is 0; it goes from 1 to 10000."),
        ({"steps": "many"}, "KSampler (node 5): steps takes a whole number, not 'many'."),
        ({"cfg": float("nan")}, "KSampler (node 5): cfg takes a number, not nan."),
        ({"cfg": float("inf")}, "KSampler (node 5): cfg takes a number, not inf."),
        ({"seed": -1}, "KSampler (node 5): seed is -1; it goes from 0 to 18446744073709551615."),
        (
            {"sampler_name": "eulr"},
            "KSampler (node 5): sampler_name is 'eulr', which is not among its choices. Did you mean euler?",
        ),
    ],
)
def test_numbers_and_names_out_of_range_are_refused(runner: Runner, changes: dict[str, Any], sentence: str) -> None:
    assert refused(runner, painting(**changes)) == [sentence]


@pytest.mark.parametrize(
    ("size", "sentence"),
    [
        ({"width": 0, "height": 64, "batch_size": 1}, "width is 0; it goes from 16 to 16384."),
        ({"width": 64, "height": 10**9, "batch_size": 1}, "height is 1000000000; it goes from 16 to 16384."),
        ({"width": 64, "height": 64, "batch_size": 0}, "batch_size is 0; it goes from 1 to 4096."),
    ],
)
def test_zero_and_absurd_sizes_are_refused(runner: Runner, size: dict[str, int], sentence: str) -> None:
    prompt = {**painting(), "4": call("EmptyLatentImage", **size)}
    assert refused(runner, prompt) == [f"EmptyLatentImage (node 4): {sentence}"]


def test_a_size_within_the_limits_that_no_machine_holds_is_out_of_memory_in_words(runner: Runner) -> None:
    prompt = {**painting(), "4": call("EmptyLatentImage", width=16384, height=16384, batch_size=4096)}
    if _can_hold(4096 * 4 * 2048 * 2048 * 4):
        pytest.skip("this machine promises 275 GB")
    failed = failure(runner, prompt)
    assert failed.message == (
        "Out of memory in EmptyLatentImage: it asked for 274.9 GB at once. "
        "Use a smaller picture or a smaller batch, or nodes that work in tiles."
    )


def _can_hold(count: int) -> bool:
    try:
        torch.empty(count, dtype=torch.uint8)
    except RuntimeError:
        return False
    return True


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "odd.safetensors is empty or cut short: it has 0 bytes. Download it again."),
        (
            b"<!DOCTYPE html>",
            "odd.safetensors is a web page, not a model: the download needs a login or another address.",
        ),
        (b"hello, this is no model", "odd.safetensors is no safetensors file (it begins with b'hello, t')."),
    ],
)
def test_a_foreign_checkpoint_fails_by_name(runner: Runner, content: bytes, sentence: str) -> None:
    (runner.house.folders.base / "models/checkpoints/odd.safetensors").write_bytes(content)
    prompt = {**painting(), "1": call("CheckpointLoaderSimple", ckpt_name="odd.safetensors")}
    failed = failure(runner, prompt)
    assert (failed.call, failed.node_type) == ("1", "CheckpointLoaderSimple")
    assert failed.message.startswith(sentence)


def test_a_truncated_checkpoint_says_how_much_is_there(runner: Runner) -> None:
    folder = runner.house.folders.base / "models/checkpoints"
    whole = (folder / "tiny.safetensors").read_bytes()
    (folder / "cut.safetensors").write_bytes(whole[: len(whole) // 2])
    prompt = {**painting(), "1": call("CheckpointLoaderSimple", ckpt_name="cut.safetensors")}
    assert failure(runner, prompt).message == (
        f"cut.safetensors is cut short: it has {len(whole) // 2:,} of {len(whole):,} bytes. Download it again."
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


BOMB = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0" * 100))
    + _chunk(b"IEND", b"")
)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"hello", "none.png is not a picture: nothing that is known here begins like it."),
        (BOMB, "none.png is not a picture that can be read (Image size (3600000000 pixels) exceeds limit"),
        (BOMB[:40], "none.png is not a picture"),
    ],
)
def test_a_picture_that_is_none_fails_by_name(runner: Runner, content: bytes, sentence: str) -> None:
    (runner.house.folders.base / "input/none.png").write_bytes(content)
    failed = failure(runner, saved(["1", 0], **{"1": call("LoadImage", image="none.png")}))
    assert failed.message.startswith(sentence)


def test_a_picture_too_small_for_the_vae_says_so(runner: Runner) -> None:
    Image.new("RGB", (1, 1)).save(runner.house.folders.base / "input/one.png")
    prompt = {
        **{key: painting()[key] for key in ("1", "6", "7")},
        "p": call("LoadImage", image="one.png"),
        "5": call("VAEEncode", pixels=["p", 0], vae=["1", 2]),
    }
    message = failure(runner, prompt).message
    assert message == "The picture is smaller than the least that this VAE takes. Make it larger first."


@pytest.mark.parametrize("prefix", ["../../../outside", "/outside", "a\0b", "C:\\outside"])
def test_a_name_that_climbs_out_of_its_folder_saves_nothing(runner: Runner, prefix: str) -> None:
    prompt = painting()
    prompt["7"]["inputs"]["filename_prefix"] = prefix
    before = sorted(runner.house.folders.base.parent.rglob("*outside*"))
    assert "is not a name inside its folder" in failure(runner, prompt).message
    assert sorted(runner.house.folders.base.parent.rglob("*outside*")) == before


def test_a_weight_beyond_all_numbers_paints_black_and_warns(runner: Runner, caplog: pytest.LogCaptureFixture) -> None:
    prompt = painting()
    prompt["2"]["inputs"]["text"] = "(a:1e400)"
    with caplog.at_level(logging.WARNING):
        assert isinstance(run(runner, prompt), Succeeded)
    assert "no numbers (NaN)" in caplog.text


def test_points_that_are_no_numbers_are_black() -> None:
    image = torch.full((1, 1, 2, 3), 0.5)
    image[0, 0, 0] = float("nan")
    assert to_pictures(image)[0].tobytes() == bytes([0, 0, 0, 127, 127, 127])


def _safetensors(header: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header


ENTRY = st.fixed_dictionaries(
    {},
    optional={
        "dtype": st.sampled_from(["F32", "BF16", "X9", None, ["F32"]]),
        "shape": st.lists(st.integers(-3, 2**40) | st.floats() | st.text(max_size=2), max_size=3) | st.integers(),
        "data_offsets": st.lists(st.integers(-(2**40), 2**70), max_size=3) | st.text(max_size=3) | st.none(),
    },
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.dictionaries(st.text(max_size=4) | st.just("__metadata__"), ENTRY | st.none(), max_size=3).map(
        lambda header: _safetensors(json.dumps(header).encode())
    )
    | st.binary(max_size=40)
)
@example(_safetensors(b'{"a":' + b"[" * 100_000))
@example(_safetensors(b'{"a": 1e999}'))
def test_whatever_stands_in_a_header_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.safetensors").write_bytes(content)
    said = ""
    ends: list[int] = []
    try:
        ends = [info.end for info in read_header(tmp_path / "x.safetensors").tensors.values()]
    except BadFile as error:
        said = str(error)
    assert said.startswith("x.safetensors ") or all(end <= len(content) for end in ends)


@pytest.mark.parametrize(
    "node",
    [
        call("CLIPSetLastLayer", clip=["1", 1], stop_at_clip_layer=-2),
        call("SetClipHooks", clip=["1", 1], apply_to_conds=True, schedule_clip=False, hooks=["hook", 0]),
        call("CLIPMergeSimple", clip1=["1", 1], clip2=["whole", 1], ratio=0.5),
        call("CLIPMergeAdd", clip1=["whole", 1], clip2=["1", 1]),
        call("CLIPMergeSubtract", clip1=["1", 1], clip2=["whole", 1], multiplier=1.0),
    ],
    ids=lambda node: str(node["class_type"]),
)
def test_a_checkpoint_without_a_text_encoder_is_told_of_wherever_one_is_wanted(
    runner: Runner, node: dict[str, Any]
) -> None:
    write_sd1_checkpoint(runner.house.folders.base / "models/checkpoints/bare.safetensors", parts=("unet", "vae"))
    prompt = {
        **painting(),
        "1": call("CheckpointLoaderSimple", ckpt_name="bare.safetensors"),
        "whole": call("CheckpointLoaderSimple", ckpt_name="tiny.safetensors"),
        "hook": call("CreateHookModelAsLoraModelOnly", ckpt_name="tiny.safetensors", strength_model=1.0),
        "changed": node,
        "2": call("CLIPTextEncode", text="a", clip=["changed", 0]),
    }
    failed = failure(runner, prompt)
    assert (failed.call, failed.message) == (
        "changed",
        "The checkpoint holds no text encoder. Load one with CLIPLoader and link its CLIP output.",
    )


def test_a_checkpoint_without_a_vae_is_told_of_before_a_lesson_samples(runner: Runner) -> None:
    write_sd1_checkpoint(runner.house.folders.base / "models/checkpoints/blind.safetensors", parts=("unet", "text"))
    prompt = {
        "1": call("CheckpointLoaderSimple", ckpt_name="blind.safetensors"),
        "2": call("EmptyImage", width=64, height=64, batch_size=1, color=0),
        **saved(["3", 0], **{"3": call("LearnLatentSize", image=["2", 0], vae=["1", 2])}),
    }
    assert failure(runner, prompt).message.startswith("The checkpoint holds no VAE.")
