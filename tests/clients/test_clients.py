"""Clients that nobody here wrote: each uploads a picture, has it inverted, and reads the result.

pip install -r tests/clients/requirements.txt; npm install --prefix tests/clients; pytest -m clients
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.api.running import Running, call

HERE = Path(__file__).parent
pytestmark = pytest.mark.clients


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with Easel's own node types."""
    running = Running(tmp_path_factory.mktemp("base"), "--nodes", "nodes", "--cpu")
    yield running
    running.stop()


def run_client(server: Running, folder: Path, *command: str) -> None:
    """Run a client's script and look at what it read."""
    picture, workflow, result = folder / "picture.png", folder / "workflow.json", folder / "result.png"
    rng = np.random.default_rng(len(command[-1]))  # a picture of its own for each, so that none finds a cached result
    pixels = rng.integers(0, 256, (16, 24, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(picture)
    graph = {
        "1": {**call("LoadImage", image="picture.png"), "_meta": {"title": "Load"}},
        "2": {**call("ImageInvert", image=["1", 0]), "_meta": {"title": "Invert"}},
        "3": {**call("SaveImage", images=["2", 0], filename_prefix="client"), "_meta": {"title": "Save"}},
    }
    workflow.write_text(json.dumps(graph))
    arguments = [*command, server.url, str(picture), str(workflow), str(result)]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with Image.open(result) as inverted:
        off = np.asarray(inverted.convert("RGB")).astype(int) - (255 - pixels.astype(int))
    assert np.abs(off).max() <= 1  # pictures are saved as the field saves them: cut to whole numbers, not rounded


@pytest.mark.parametrize(("package", "script"), [("comfy_api_simplified", "simplified.py"), ("comfykit", "kit.py")])
def test_a_client_of_python_uploads_runs_and_reads(server: Running, tmp_path: Path, package: str, script: str) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip("pip install -r tests/clients/requirements.txt")
    run_client(server, tmp_path, sys.executable, str(HERE / script))


def test_a_client_of_javascript_uploads_runs_and_reads(server: Running, tmp_path: Path) -> None:
    if shutil.which("node") is None or not (HERE / "node_modules").is_dir():
        pytest.skip("npm install --prefix tests/clients")
    run_client(server, tmp_path, "node", str(HERE / "canvas.mjs"))
