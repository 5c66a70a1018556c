"""Whole graphs of the built-in nodes on a tiny Stable Diffusion checkpoint, through the engine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from files.embed import read_metadata
from graph.document import parse_prompt
from graph.events import CallFinished, Event, Failed, Succeeded
from jobs.options import RunOptions
from tests.diffusion.tiny import write_sd1_checkpoint
from worker.loading import build_house
from worker.runner import Runner


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    base = tmp_path_factory.mktemp("base")
    (base / "models/checkpoints").mkdir(parents=True)
    write_sd1_checkpoint(base / "models/checkpoints/tiny.safetensors")
    return Runner(build_house(RunOptions(base_directory=base, cpu=True)))


def call(node_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": node_type, "inputs": inputs}


def text_to_image(**changes: Any) -> dict[str, Any]:
    sampler = {"seed": 1, "steps": 2, "cfg": 3.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}
    return {
        "1": call("CheckpointLoaderSimple", ckpt_name="tiny.safetensors"),
        "2": call("CLIPTextEncode", text="a (red:1.2) apple", clip=["1", 1]),
        "3": call("CLIPTextEncode", text="", clip=["1", 1]),
        "4": call("EmptyLatentImage", width=64, height=32, batch_size=2),
        "5": call(
            "KSampler",
            model=["1", 0],
            positive=["2", 0],
            negative=["3", 0],
            latent_image=["4", 0],
            **{**sampler, **changes},
        ),
        "6": call("VAEDecode", samples=["5", 0], vae=["1", 2]),
        "7": call("SaveImage", images=["6", 0], filename_prefix="tiny"),
    }


def run(runner: Runner, prompt: dict[str, Any], *targets: str) -> list[Event]:
    events: list[Event] = []
    opened = runner.open_run("run", prompt, {"extra_pnginfo": {"workflow": {"nodes": []}}}, events.append)
    asyncio.run(runner.run(opened, parse_prompt(prompt), targets))
    return events


def saved(runner: Runner, events: list[Event]) -> list[Path]:
    assert isinstance(events[-1], Succeeded), events[-1]
    items = [e.ui["images"] for e in events if isinstance(e, CallFinished) and e.ui and "images" in e.ui]
    return [runner.house.folders.place(i["type"]) / i["subfolder"] / i["filename"] for images in items for i in images]


def pixels(path: Path) -> bytes:
    with Image.open(path) as picture:
        return picture.tobytes()


def test_a_prompt_becomes_pictures_that_carry_their_graph(runner: Runner) -> None:
    prompt = text_to_image()
    first, second = saved(runner, run(runner, prompt, "7"))
    assert first.read_bytes() != second.read_bytes()
    assert read_metadata(first) == {"prompt": prompt, "workflow": {"nodes": []}}


def test_a_saved_picture_run_again_gives_the_same_pixels(runner: Runner) -> None:
    first = saved(runner, run(runner, text_to_image(seed=5), "7"))
    runner.house.cache.clear()
    again = saved(runner, run(runner, read_metadata(first[0])["prompt"], "7"))
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in again]
    assert first != again


def test_a_new_seed_reruns_the_sampler_and_what_hangs_on_it(runner: Runner) -> None:
    run(runner, text_to_image(seed=11), "7")
    events = run(runner, text_to_image(seed=12), "7")
    assert [e.call for e in events if isinstance(e, CallFinished) and not e.cached] == ["5", "6", "7"]


def test_parts_of_the_sampling_put_together_equal_ksampler(runner: Runner) -> None:
    prompt = text_to_image(seed=3)
    prompt |= {
        "n": call("RandomNoise", noise_seed=3),
        "g": call("CFGGuider", model=["1", 0], positive=["2", 0], negative=["3", 0], cfg=3.0),
        "s": call("KSamplerSelect", sampler_name="euler"),
        "l": call("BasicScheduler", model=["1", 0], scheduler="normal", steps=2, denoise=1.0),
        "c": call(
            "SamplerCustomAdvanced",
            noise=["n", 0],
            guider=["g", 0],
            sampler=["s", 0],
            sigmas=["l", 0],
            latent_image=["4", 0],
        ),
        "d": call("VAEDecode", samples=["c", 0], vae=["1", 2]),
        "e": call("SaveImage", images=["d", 0], filename_prefix="parts"),
    }
    paths = saved(runner, run(runner, prompt, "7", "e"))
    whole, parts = [[p for p in paths if p.name.startswith(n)] for n in ("tiny", "parts")]
    assert picture_bytes(whole) == picture_bytes(parts)


def picture_bytes(paths: list[Path]) -> list[bytes]:
    from PIL import Image

    return [Image.open(p).tobytes() for p in paths]


def test_two_advanced_samplers_in_a_row_equal_one(runner: Runner) -> None:
    prompt = text_to_image(seed=9, steps=4)
    shared = {"noise_seed": 9, "steps": 4, "cfg": 3.0, "sampler_name": "euler", "scheduler": "normal"}
    links = {"model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0]}
    prompt |= {
        "a": call(
            "KSamplerAdvanced",
            add_noise="enable",
            start_at_step=0,
            end_at_step=2,
            return_with_leftover_noise="enable",
            latent_image=["4", 0],
            **shared,
            **links,
        ),
        "b": call(
            "KSamplerAdvanced",
            add_noise="disable",
            start_at_step=2,
            end_at_step=10_000,
            return_with_leftover_noise="disable",
            latent_image=["a", 0],
            **shared,
            **links,
        ),
        "d": call("VAEDecode", samples=["b", 0], vae=["1", 2]),
        "e": call("SaveImage", images=["d", 0], filename_prefix="halves"),
    }
    paths = saved(runner, run(runner, prompt, "7", "e"))
    whole, halves = [[p for p in paths if p.name.startswith(n)] for n in ("tiny", "halves")]
    assert picture_bytes(whole) == picture_bytes(halves)


def test_a_checkpoint_without_a_text_encoder_says_what_to_load(runner: Runner, tmp_path: Path) -> None:
    path = runner.house.folders.base / "models/checkpoints/no-text.safetensors"
    write_sd1_checkpoint(path, parts=("unet", "vae"))
    prompt = text_to_image()
    prompt["1"]["inputs"]["ckpt_name"] = path.name
    failed = run(runner, prompt, "7")[-1]
    assert isinstance(failed, Failed)
    assert failed.message == "The checkpoint holds no text encoder. Load one with CLIPLoader and link its CLIP output."


def test_sampling_with_noise_levels_of_ones_own_paints_what_the_plain_sampler_paints(runner: Runner) -> None:
    prompt = text_to_image(seed=8, steps=4)
    parts = {
        "k": call("KSamplerSelect", sampler_name="euler"),
        "s": call("BasicScheduler", model=["1", 0], scheduler="normal", steps=4, denoise=1.0),
        "5": call(
            "SamplerCustom",
            model=["1", 0],
            add_noise=True,
            noise_seed=8,
            cfg=3.0,
            positive=["2", 0],
            negative=["3", 0],
            sampler=["k", 0],
            sigmas=["s", 0],
            latent_image=["4", 0],
        ),
    }
    plain = saved(runner, run(runner, prompt, "7"))
    custom = saved(runner, run(runner, {**prompt, **parts}, "7"))
    assert [pixels(p) for p in plain] == [pixels(p) for p in custom]
    bare = run(
        runner, {**prompt, **parts, "5": {**parts["5"], "inputs": {**parts["5"]["inputs"], "add_noise": False}}}, "7"
    )
    assert [pixels(p) for p in saved(runner, bare)] != [pixels(p) for p in plain]
