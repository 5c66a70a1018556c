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


def test_what_a_server_is_allowed_and_keeps(tmp_path: Path) -> None:
    options = [*("--enable-cors-header", "https://a.example"), "--multi-user", *("--allow-webhook-host", "b.example")]
    more = ["--allow-webhook-host", "c.example:99", "--history-limit", "5", "--max-upload-size", "0.5"]
    assert read_options([*options, *more]) == ServeOptions(
        enable_cors_header="https://a.example",
        multi_user=True,
        allow_webhook_host=("b.example", "c.example:99"),
        history_limit=5,
        max_upload_size=0.5,
    )
    anyone = read_options(["--enable-cors-header"])
    assert isinstance(anyone, ServeOptions)
    assert anyone.enable_cors_header == "*"


def test_memory_and_devices_are_told_to_the_worker() -> None:
    served = read_options(["--cache-ram", "2.5", "--cuda-device", "0,1"])
    worker = read_worker_options(served.worker_arguments)
    assert (worker.cache_ram, worker.cuda_device) == (2.5, "0,1")
    assert read_options(["--cache-ram"]).cache_ram == 4.0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--cache-ram", "0"], "0 is not between"),
        (["--cuda-device", "first"], "'first' is not a number"),
        (["--tls-keyfile", "/no/such/file"], "there is no file /no/such/file"),
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
