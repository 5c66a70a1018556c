"""``server.py convert FILE``: the editor's JSON as the API's, and what is said of what cannot be converted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

REPOSITORY = Path(__file__).resolve().parents[2]
PAINT = {"id": 1, "type": "Paint", "widgets_values": [8, 5, "fixed", "edited"]}
PAINTED = {"1": {"class_type": "Paint", "inputs": {"size": 8, "seed": 5, "filename_prefix": "edited"}}}


def run(base: Path, command: str, *arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    line = [sys.executable, str(REPOSITORY / "server.py"), command, "--base-directory", str(base)]
    line += ["--nodes", "tests.worker.tiny_nodes", *map(str, arguments)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def keep(folder: Path, *nodes: Any) -> Path:
    file = folder / "w.json"
    file.write_text(json.dumps({"nodes": nodes, "links": []}))
    return file


def test_a_workflow_is_printed_as_the_api_takes_it(tmp_path: Path) -> None:
    code, out, err = run(tmp_path, "convert", keep(tmp_path, PAINT))
    assert (code, json.loads(out), err) == (0, PAINTED, "")


def test_it_can_be_written_into_a_file_instead_and_run_from_there(tmp_path: Path) -> None:
    code, out, err = run(tmp_path, "convert", keep(tmp_path, PAINT), "--to", tmp_path / "api.json")
    assert (code, out, err, json.loads((tmp_path / "api.json").read_text())) == (0, "", "", PAINTED)
    assert run(tmp_path, "run", tmp_path / "api.json")[:2] == (0, f"{tmp_path}/output/edited_00001_.png\n")


def test_a_node_of_an_unknown_type_is_reported_and_the_rest_converted(tmp_path: Path) -> None:
    code, out, err = run(tmp_path, "convert", keep(tmp_path, PAINT, {"id": 7, "type": "Pant", "widgets_values": [1]}))
    assert (code, json.loads(out)) == (1, {**PAINTED, "7": {"class_type": "Pant", "inputs": {}}})
    assert err == (
        "There is no node type 'Pant' (node 7). Did you mean Paint? "
        "Of its values, only those are here that the file itself names.\n"
    )


def test_what_is_no_workflow_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"nodes": [{"id": 1}]}')
    code, out, err = run(tmp_path, "convert", tmp_path / "x.json")
    assert (code, out) == (2, "")
    assert err == "Entry 0 of the workflow's nodes is no node: it lacks an id or a type.\n"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    code, _, err = run(tmp_path, "convert", keep(tmp_path, PAINT), "--to", tmp_path / "gone" / "api.json")
    assert (code, err) == (2, f"Cannot write {tmp_path}/gone/api.json: No such file or directory.\n")


@pytest.mark.parametrize("suffix", ["webp", "jpeg", "avif"])
def test_workflows_are_run_out_of_pictures_of_other_kinds(tmp_path: Path, suffix: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "workflow:" + json.dumps({"nodes": [PAINT], "links": []})
    Image.new("RGB", (8, 8)).save(tmp_path / f"x.{suffix}", exif=exif)
    assert run(tmp_path, "run", tmp_path / f"x.{suffix}")[:2] == (0, f"{tmp_path}/output/edited_00001_.png\n")


def test_the_web_uis_notes_are_shown(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("parameters", "a cat\nSteps: 20, Seed: 1")
    Image.new("RGB", (8, 8)).save(tmp_path / "x.png", pnginfo=info)
    code, _, err = run(tmp_path, "convert", tmp_path / "x.png")
    assert code == 2
    assert err.endswith(
        "x.png carries no workflow, only what the Stable Diffusion web UI notes:\na cat\nSteps: 20, Seed: 1\n"
    )
