"""What can be said on the command line, with the field's names. Read before anything heavy is imported."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, TypeVar

REPOSITORY: Final = Path(__file__).resolve().parent.parent
_FILE_HELP: Final = "API JSON, editor JSON, or a picture, sound, film or model that carries its workflow"
OWN_FRONT_END: Final = REPOSITORY / "web" / "dist"
PREVIEW_METHODS: Final = ("none", "auto", "latent2rgb", "taesd")

Chosen = TypeVar("Chosen", bound="Options")


@dataclass(frozen=True)
class Options:
    """How this process was asked to behave; None where a default follows from the rest.

    nodes: the module whose node types come built in. worker_arguments: what a worker is started with.
    """

    base_directory: Path = REPOSITORY
    output_directory: Path | None = None
    input_directory: Path | None = None
    temp_directory: Path | None = None
    user_directory: Path | None = None
    extra_model_paths_config: tuple[Path, ...] = ()
    cpu: bool = False
    force_fp32: bool = False
    cache_lru: int = 0
    cache_none: bool = False
    cache_ram: float | None = None
    cache_disk: float = 2.0
    cuda_device: str | None = None
    preview_method: str = ""
    preview_size: int = 512
    disable_metadata: bool = False
    disable_all_custom_nodes: bool = False
    whitelist_custom_nodes: tuple[str, ...] = ()
    nodes: str = "nodes"
    worker_arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class ServeOptions(Options):
    """``python server.py``: where to listen, who may ask, and what is kept.

    enable_cors_header: the origin whose pages may ask, ``*`` = any. history_limit: how many ended jobs are remembered.
    """

    listen: str = "127.0.0.1"
    port: int = 8188
    token: str = ""
    max_upload_size: float = 100.0
    tls_keyfile: Path | None = None
    tls_certfile: Path | None = None
    enable_cors_header: str | None = None
    multi_user: bool = False
    allow_webhook_host: tuple[str, ...] = ()
    history_limit: int = 10_000
    front_end_root: Path = OWN_FRONT_END


@dataclass(frozen=True)
class RunOptions(Options):
    """``python server.py run FILE``: what to run, and what to change in it first (``NODE.INPUT=VALUE``)."""

    file: Path = Path()
    changes: tuple[str, ...] = ()
    seed: int | None = None
    json: bool = False


@dataclass(frozen=True)
class ConvertOptions(Options):
    """``python server.py convert FILE``: what to convert, and where to write it (None: print it)."""

    file: Path = Path()
    to: Path | None = None


@dataclass(frozen=True)
class WorkerOptions(Options):
    """``python -m worker``: the socket to the server, by number or by port, and where to note what it does."""

    fd: int | None = None
    note: Path | None = None
    connect: int | None = None


def read_options(arguments: Sequence[str]) -> ServeOptions | RunOptions | ConvertOptions:
    """The options of ``server.py``. Prints help, or what is wrong, and leaves with 0 or 2."""
    if arguments and arguments[0] == "run":
        return _read(RunOptions, _run_parser(), arguments[1:])
    if arguments and arguments[0] == "convert":
        return _read(ConvertOptions, _convert_parser(), arguments[1:])
    return _read(ServeOptions, _serve_parser(), arguments)


def read_worker_options(arguments: Sequence[str]) -> WorkerOptions:
    """The options of ``python -m worker``."""
    parser = argparse.ArgumentParser(prog="worker", description="Runs jobs for a server that started it.")
    parser.add_argument("--fd", type=int)
    parser.add_argument("--note", type=Path)
    parser.add_argument("--connect", type=int, metavar="PORT")
    _add_shared(parser)
    return _read(WorkerOptions, parser, arguments)


def _serve_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="server.py",
        description="Easel: a node-graph workflow engine for pictures. Serves the editor and the API.",
        epilog="'server.py run FILE' runs one workflow without a server; 'server.py convert FILE' turns the editor's "
        "JSON into the API's. See 'server.py run --help' and 'server.py convert --help'.",
    )
    place = parser.add_argument_group("where to listen")
    place.add_argument(
        "--listen", nargs="?", const="0.0.0.0", metavar="IP", help="address to listen on (127.0.0.1); without IP: all"
    )
    place.add_argument("--port", type=_port, help="port to listen on (8188); 0 takes a free one")
    place.add_argument(
        "--token", help="what callers must show when listening beyond this machine (or EASEL_TOKEN; else one is made)"
    )
    place.add_argument("--tls-keyfile", type=_file, metavar="FILE", help="serve https with this key (PEM)")
    place.add_argument("--tls-certfile", type=_file, metavar="FILE", help="the certificate to the key (PEM)")
    guests = parser.add_argument_group("who may ask, and for what")
    guests.add_argument(
        "--enable-cors-header",
        nargs="?",
        const="*",
        metavar="ORIGIN",
        help="let web pages of ORIGIN use this server; without ORIGIN: those of every site, which is dangerous",
    )
    guests.add_argument(
        "--multi-user",
        action="store_true",
        default=None,
        help="settings, workflows, queue and history for each user (no passwords)",
    )
    guests.add_argument(
        "--allow-webhook-host",
        action="append",
        default=[],
        metavar="HOST",
        help="a host that may be told when a job ends, as host or host:port; may be given several times",
    )
    guests.add_argument("--max-upload-size", type=_amount, metavar="MB", help="largest upload (100)")
    guests.add_argument(
        "--history-limit", type=_count, metavar="N", help="remember the last N ended jobs (10000); 0 remembers all"
    )
    place.add_argument(
        "--front-end-root", type=_directory, metavar="DIR", help="serve the web pages in DIR instead of Easel's editor"
    )
    _add_shared(parser)
    return parser


def _run_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="server.py run",
        description="Run one workflow and print the paths of the pictures it saves.",
        epilog="Exit codes: 0 all saved, 1 the run failed, 2 command or workflow are wrong, 130 stopped by Ctrl-C.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help=_FILE_HELP)
    parser.add_argument(
        "--set",
        action="append",
        dest="changes",
        default=[],
        metavar="NODE.INPUT=VALUE",
        help="change an input; NODE is an id or a title",
    )
    parser.add_argument("--seed", type=_seed, help="use this seed wherever a node takes one")
    parser.add_argument(
        "--json", action="store_true", default=None, help="print events as JSON, one a line, instead of a progress bar"
    )
    _add_shared(parser)
    return parser


def _convert_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="server.py convert",
        description="Turn a workflow of the editor into the JSON that the API takes, and print it.",
        epilog="Exit codes: 0 all converted, 1 some nodes are of unknown types, 2 the command or the file are wrong.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help=_FILE_HELP)
    parser.add_argument("--to", type=_absolute, metavar="FILE", help="write it into FILE instead")
    _add_shared(parser)
    return parser


def _add_shared(parser: argparse.ArgumentParser) -> None:
    folders = parser.add_argument_group("folders")
    folders.add_argument(
        "--base-directory", type=_directory, metavar="DIR", help="where models, input, output ... lie (this repository)"
    )
    for name in ("output", "input", "temp", "user"):
        folders.add_argument(f"--{name}-directory", type=_absolute, metavar="DIR", help=f"use DIR for {name}")
    folders.add_argument(
        "--extra-model-paths-config",
        action="append",
        type=_absolute,
        default=[],
        metavar="FILE",
        help="YAML file that names more model folders",
    )
    device = parser.add_argument_group("device and memory")
    device.add_argument("--cpu", action="store_true", default=None, help="compute on the CPU even if there is a GPU")
    device.add_argument(
        "--cuda-device", type=_devices, metavar="N", help="use only the GPU of this number (or several: 0,1)"
    )
    device.add_argument("--force-fp32", action="store_true", default=None, help="compute in 32 bit")
    caches = device.add_mutually_exclusive_group()
    caches.add_argument(
        "--cache-lru", type=_count, metavar="N", help="keep the last N results instead of a share of the memory"
    )
    caches.add_argument(
        "--cache-none", action="store_true", default=None, help="keep no results: every node runs each time"
    )
    caches.add_argument(
        "--cache-ram",
        nargs="?",
        const=4.0,
        type=_amount,
        metavar="GB",
        help="keep results while at least GB of memory stay free (4)",
    )
    device.add_argument(
        "--cache-disk",
        type=_amount_or_none,
        metavar="GB",
        help="keep up to GB of costly results on disk, over restarts too (2); 0 keeps none there",
    )
    more = parser.add_argument_group("pictures and packs")
    more.add_argument("--preview-method", choices=PREVIEW_METHODS, help="how previews are made while sampling (auto)")
    more.add_argument("--preview-size", type=_count, metavar="PIXELS", help="longest side of a preview (512)")
    more.add_argument(
        "--disable-metadata", action="store_true", default=None, help="do not write the workflow into saved files"
    )
    more.add_argument(
        "--disable-all-custom-nodes", action="store_true", default=None, help="load no packs from custom_nodes"
    )
    more.add_argument(
        "--whitelist-custom-nodes",
        nargs="+",
        action="extend",
        default=[],
        metavar="PACK",
        help="packs to load even with --disable-all-custom-nodes",
    )
    more.add_argument("--nodes", help=argparse.SUPPRESS)


def _read(cls: type[Chosen], parser: argparse.ArgumentParser, arguments: Sequence[str]) -> Chosen:
    values = {k: v for k, v in vars(parser.parse_args(arguments)).items() if v is not None}
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    known = {f.name for f in fields(cls)}
    return cls(**{k: v for k, v in values.items() if k in known}, worker_arguments=_shared_arguments(values))


def _shared_arguments(values: dict[str, Any]) -> tuple[str, ...]:
    """The part of the command line that a worker is started with too."""
    found: list[str] = []
    for f in fields(Options):
        if f.name not in values:
            continue
        flag, value = "--" + f.name.replace("_", "-"), values[f.name]
        items = value if isinstance(value, tuple) else (value,)
        for item in items:
            found += [flag] if item is True else [flag, str(item)]
    return tuple(found)


def _absolute(text: str) -> Path:
    return Path(os.path.abspath(os.path.expanduser(text)))


def _directory(text: str) -> Path:
    path = _absolute(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no directory {path}")
    return path


def _file(text: str) -> Path:
    path = _absolute(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {path}")
    return path


def _amount(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 < number < 1e6:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and a million")
    return number


def _amount_or_none(text: str) -> float:
    return 0.0 if text in ("0", "0.0") else _amount(text)


def _devices(text: str) -> str:
    if not re.fullmatch(r"\d+(,\d+)*", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number, nor several with commas between")
    return text


def _port(text: str) -> int:
    return _whole(text, 0, 65535)


def _count(text: str) -> int:
    return _whole(text, 0, 2**31)


def _seed(text: str) -> int:
    return _whole(text, 0, 2**64 - 1)


def _whole(text: str, low: int, high: int) -> int:
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if not low <= number <= high:
        raise argparse.ArgumentTypeError(f"{number} is outside {low} to {high}")
    return number
