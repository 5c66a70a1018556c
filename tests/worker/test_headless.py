"""``server.py run FILE``: from a file to pictures, without a server."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def call(node_type: str, title: str = "", **inputs: Any) -> dict[str, Any]:
    return {"class_type": node_type, "inputs": inputs, **({"_meta": {"title": title}} if title else {})}


def start(base: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(REPOSITORY / "server.py"), "run", "--base-directory", str(base)]
    command += ["--nodes", "tests.worker.tiny_nodes", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(base: Path, *arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    process = start(base, *arguments)
    out, err = process.communicate(timeout=30)
    assert "Traceback" not in err
    return process.returncode, out, err


@pytest.fixture
def painting(tmp_path: Path) -> Path:
    """A workflow that saves one picture."""
    file = tmp_path / "painting.json"
    file.write_text(json.dumps({"9": call("Paint", "The End", size=8, seed=300, filename_prefix="p")}))
    return file


def test_a_graph_is_run_and_the_path_of_its_picture_printed(tmp_path: Path, painting: Path) -> None:
    assert run(tmp_path, painting) == (0, f"{tmp_path}/output/p_00001_.png\n", "")
    assert (tmp_path / "output" / "p_00001_.png").is_file()


def test_another_output_directory_can_be_given(tmp_path: Path, painting: Path) -> None:
    code, out, _ = run(tmp_path, painting, "--output-directory", tmp_path / "there")
    assert (code, out) == (0, f"{tmp_path}/there/p_00001_.png\n")


def test_a_picture_that_carries_its_workflow_is_made_again_bit_for_bit(tmp_path: Path, painting: Path) -> None:
    run(tmp_path, painting)
    first = tmp_path / "output" / "p_00001_.png"
    code, out, _ = run(tmp_path, first)
    assert (code, Path(out.strip()).read_bytes()) == (0, first.read_bytes())


def test_a_workflow_of_the_editor_runs_and_rides_along(tmp_path: Path) -> None:
    node = {
        "id": 1,
        "type": "Paint",
        "mode": 0,
        "inputs": [],
        "outputs": [],
        "widgets_values": [8, 5, "fixed", "edited"],
    }
    workflow = {"nodes": [node], "links": [], "version": 0.4}
    (tmp_path / "w.json").write_text(json.dumps(workflow))
    code, out, _ = run(tmp_path, tmp_path / "w.json")
    assert (code, out) == (0, f"{tmp_path}/output/edited_00001_.png\n")
    code, out, _ = run(tmp_path, out.strip())
    assert code == 0
    from files.embed import read_metadata

    assert read_metadata(Path(out.strip()))["workflow"] == workflow


def test_inputs_are_set_by_id_title_or_type_and_seeds_everywhere(tmp_path: Path, painting: Path) -> None:
    changes = ["--set", "9.filename_prefix=by.id=5", "--set", "The End.size=4", "--seed", "77"]
    code, out, _ = run(tmp_path, painting, *changes)
    assert (code, out) == (0, f"{tmp_path}/output/by.id=5_00001_.png\n")
    from files.embed import read_metadata

    kept = read_metadata(Path(out.strip()))["prompt"]["9"]["inputs"]
    assert kept == {"size": 4, "seed": 77, "filename_prefix": "by.id=5"}
    assert run(tmp_path, painting, "--set", "Paint.size=3")[0] == 0


def test_json_tells_every_event_on_a_line_and_nothing_else_is_on_stdout(tmp_path: Path, painting: Path) -> None:
    code, out, _ = run(tmp_path, painting, "--json")
    told = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [line["type"] for line in told] == [
        "started",
        "cached",
        "call_started",
        "call_finished",
        "saved",
        "succeeded",
    ]
    assert told[4] == {"type": "saved", "path": f"{tmp_path}/output/p_00001_.png"}


def test_a_sampler_has_a_progress_bar_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "w.json").write_text(
        json.dumps({"1": call("Work", steps=5, seconds=0.01, salt=1), "2": call("Show", value=["1", 0])})
    )
    code, out, err = run(tmp_path, tmp_path / "w.json")
    assert (code, out) == (0, "")
    assert "Work (1): 100%" in err


def test_a_run_that_fails_names_the_node_and_exits_with_1(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text(
        json.dumps({"1": call("Refuse", message="Too hot."), "2": call("Show", value=["1", 0])})
    )
    assert run(tmp_path, tmp_path / "f.json") == (1, "", "Refuse (node 1) failed: Too hot.\n")


@pytest.mark.parametrize(
    ("content", "arguments", "sentence"),
    [
        ("{", [], "is not valid JSON"),
        ("[]", [], "holds a list, not a workflow"),
        ("no json", [], "is neither JSON nor a picture"),
        ('{"1": {"class_type": "Paimt", "inputs": {}}}', [], "Did you mean Paint?"),
        ('{"1": {"class_type": "Paint", "inputs": {"size": 0}}}', [], "Paint (node 1): "),
        ('{"1": {"class_type": "Number", "inputs": {"value": 1}}}', [], "no output node"),
        ('{"1": {"class_type": "Paint"}}', [], "no inputs"),
        ("PAINT", ["--set", "size=3"], "is not of the form NODE.INPUT=VALUE"),
        ("PAINT", ["--set", "The Edn.size=3"], "Did you mean 'The End'?"),
        ("PAINT", ["--set", "1.sze=3"], "Did you mean size?"),
        ("PAINT", ["--set", "1.size=many"], "size"),
        (
            '{"1": {"class_type": "Show", "inputs": {"value": 1}}}',
            ["--seed", "3"],
            "No node of this workflow takes a seed.",
        ),
    ],
)
def test_what_cannot_be_run_is_told_in_a_sentence_and_exits_with_2(
    tmp_path: Path, content: str, arguments: list[str], sentence: str
) -> None:
    inputs = {"size": 4, "seed": 1, "filename_prefix": "p"}
    paint = json.dumps({"1": call("Paint", "The End", **inputs)})
    (tmp_path / "x.json").write_text(paint if content == "PAINT" else content)
    code, out, err = run(tmp_path, tmp_path / "x.json", *arguments)
    assert (code, out) == (2, "")
    assert sentence in err


def test_a_missing_file_and_a_missing_folder_list_exit_with_2(tmp_path: Path, painting: Path) -> None:
    assert run(tmp_path, tmp_path / "nowhere.json")[0] == 2
    code, _, err = run(tmp_path, painting, "--extra-model-paths-config", tmp_path / "nowhere.yaml")
    assert (code, "Cannot read" in err) == (2, True)


def test_ctrl_c_stops_at_the_next_step_and_exits_with_130(tmp_path: Path) -> None:
    (tmp_path / "w.json").write_text(
        json.dumps({"1": call("Work", steps=1000, seconds=0.05, salt=1), "2": call("Show", value=["1", 0])})
    )
    process = start(tmp_path, tmp_path / "w.json", "--json")
    assert process.stdout is not None
    while "progress" not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, "Traceback" in err) == (130, False)
    assert json.loads(out.splitlines()[-1])["type"] == "interrupted"


def test_ctrl_c_twice_leaves_a_node_that_does_not_look_up(tmp_path: Path) -> None:
    (tmp_path / "w.json").write_text(json.dumps({"1": call("Stubborn", seconds=60), "2": call("Show", value=["1", 0])}))
    process = start(tmp_path, tmp_path / "w.json", "--json")
    assert process.stdout is not None
    while "call_started" not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 130
