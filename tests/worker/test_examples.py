"""The example workflows run: all of them on tiny models of the same names, and on the starter model's own files."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import ControlNetModel
from PIL import Image
from safetensors.torch import save_file

from diffusion.text.tokenizer import ClipTokenizer
from diffusion.vae.tiny import build_tiny_decoder
from files.folders import STARTER
from graph.document import Graph
from graph.events import CallFinished, Event, Failed, Succeeded
from graph.validate import check
from graph.workflow import read_workflow
from jobs.choices import FileChoices
from jobs.options import RunOptions
from tests.diffusion.tiny import write_sd1_checkpoint
from training.lora import LoraAsk, lora_weights, make_changes
from training.networks import open_networks
from training.starter.clip_pair import ClipPair, build_towers
from training.starter.control import HINT_WIDTHS
from training.starter.export import export_clip, export_controlnet, export_preview
from training.starter.recipe import QUICK, VOCAB_MERGES
from worker.loading import build_house
from worker.runner import Runner

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
EXAMPLES = sorted(path.relative_to(WORKFLOWS).as_posix() for path in WORKFLOWS.rglob("*.json"))
# Inputs that only cost time here.
FEWER = {"KSampler": {"steps": 2}, "LearnReverseDiffusion": {"steps": 3, "looks": 2}, "TrainLoraNode": {"steps": 2}}


def write_models(folder: Path) -> None:
    """Tiny models with random weights under the names of the starter model's files."""
    torch.manual_seed(0)
    for kind in ("checkpoints", "controlnet", "loras"):
        (folder / kind).mkdir(parents=True)
    checkpoint = write_sd1_checkpoint(folder / "checkpoints" / "easel-starter.safetensors")
    networks = open_networks(checkpoint)
    control = ControlNetModel.from_unet(networks.unet, conditioning_embedding_out_channels=HINT_WIDTHS)
    # 8 heads, as the tiny U-Net has them.
    export_controlnet(
        control, replace(QUICK, inner_widths=(8, 8)), folder / "controlnet/easel-starter-edges.safetensors"
    )
    changes = make_changes(networks.unet, LoraAsk(rank=2))
    save_file(lora_weights(changes), folder / "loras/easel-starter-line-drawing.safetensors")
    tokenizer = ClipTokenizer(VOCAB_MERGES)
    export_clip(ClipPair(*build_towers(32, tokenizer.rows), tokenizer, 10.0), folder)
    export_preview(build_tiny_decoder(8), checkpoint, folder / "vae_approx/taesd-easel-starter_decoder.safetensors")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    base = tmp_path_factory.mktemp("examples")
    write_models(base / "models")
    return Runner(build_house(RunOptions(base_directory=base, cpu=True)))


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    return Runner(build_house(RunOptions(base_directory=tmp_path_factory.mktemp("shipped"), cpu=True)))


def read(name: str, runner: Runner, fewer: bool = False) -> tuple[Graph, list[str]]:
    """The example's graph and its outputs, checked; no problem is left."""
    data = json.loads((WORKFLOWS / name).read_text(encoding="utf-8"))
    catalog, folders = runner.house.catalog, runner.house.folders
    graph = read_workflow(data, catalog)
    if fewer:
        calls = {k: c.with_inputs({**c.inputs, **FEWER.get(c.node_type, {})}) for k, c in graph.calls.items()}
        graph = replace(graph, calls=calls)
    checked = check(graph, catalog, None, FileChoices(folders))
    assert [problem.message for problem in checked.problems] == []
    return checked.graph, list(checked.outputs)


def run(runner: Runner, graph: Graph, targets: list[str]) -> Iterator[dict[str, Any]]:
    """What each picture node showed."""
    events: list[Event] = []
    opened = runner.open_run("run", graph.to_prompt(), {}, events.append)
    # In a thread of its own: browser tests before this one leave their loop running in the main thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(runner.run(opened, graph, targets))).result()
    assert not [event for event in events if isinstance(event, Failed)]
    assert isinstance(events[-1], Succeeded)
    return (dict(e.ui) for e in events if isinstance(e, CallFinished) and e.ui is not None)


def pictures_of(runner: Runner, graph: Graph, targets: list[str]) -> list[Path]:
    """The files of the pictures that a run saved or showed."""
    found = [item for ui in run(runner, graph, targets) for item in ui.get("images", ())]
    return [runner.house.folders.place(i["type"]) / i["subfolder"] / i["filename"] for i in found]


def missing_files(name: str) -> list[str]:
    """The starter model's files that the example names and that are not there (yet)."""
    text = (WORKFLOWS / name).read_text(encoding="utf-8")
    named = set(re.findall(r"easel-starter[\w-]*\.safetensors", text))
    return sorted(named - {path.name for path in STARTER.rglob("*.safetensors")})


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_runs_on_tiny_models(name: str, tiny: Runner) -> None:
    paths = pictures_of(tiny, *read(name, tiny, fewer=True))
    assert paths
    assert all(path.stat().st_size > 200 for path in paths)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.xfail(bool(gone), reason=f"models/starter lacks {', '.join(gone)}"))
        for name in EXAMPLES
        for gone in [missing_files(name)]
    ],
)
def test_it_paints_with_the_starter_model(name: str, shipped: Runner) -> None:
    paths = pictures_of(shipped, *read(name, shipped))
    assert all(np.asarray(Image.open(path).convert("RGB")).std() > 5 for path in paths)
