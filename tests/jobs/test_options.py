"""The command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.options import RunOptions, ServeOptions, read_options, read_worker_options


def test_no_arguments_serve_on_loopback() -> None:
    assert read_options([]) == ServeOptions(listen="127.0.0.1", port=8188)


def test_run_takes_a_file_and_changes() -> None:
    found = read_options(["run", "a.json", "--set", "3.seed=5", "--set", "Prompt.text=a cat", "--seed", "7", "--json"])
    assert found == RunOptions(file=Path("a.json"), changes=("3.seed=5", "Prompt.text=a cat"), seed=7, json=True)


def test_a_worker_is_started_with_what_concerns_it(tmp_path: Path) -> None:
    arguments = ["--cpu", "--cache-lru", "5", "--base-directory", str(tmp_path), "--preview-method", "none"]
    served = read_options([*arguments, "--port", "9", "--listen"])
    assert isinstance(served, ServeOptions)
    assert (served.listen, served.port) == ("0.0.0.0", 9)
    worker = read_worker_options([*served.worker_arguments, "--fd", "4"])
    assert (worker.cpu, worker.cache_lru, worker.base_directory, worker.preview_method, worker.fd) == (
        True,
        5,
        tmp_path,
        "none",
        4,
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--port", "70000"], "70000 is outside 0 to 65535"),
        (["--port", "x"], "'x' is not a whole number"),
        (["--base-directory", "/no/such/place"], "there is no directory /no/such/place"),
        (["--cache-none", "--cache-lru", "3"], "not allowed with"),
        (["--preview-method", "cinema"], "invalid choice"),
        (["run"], "FILE"),
        (["run", "a.json", "--seed", "-1"], "-1 is outside"),
        (["walk"], "unrecognized arguments: walk"),
    ],
)
def test_a_wrong_command_line_is_refused_in_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        read_options(arguments)
    assert left.value.code == 2
    assert sentence in capsys.readouterr().err
