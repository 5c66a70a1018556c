"""What results depend on beside their keys: the programs that made them, and how this machine computes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import torch

from diffusion.memory import Memory
from jobs.options import REPOSITORY

_OWN: Final = ("graph", "diffusion", "files", "nodes", "training", "worker")
_PACKAGES: Final = ("torch", "diffusers", "transformers", "numpy", "pillow", "scipy", "safetensors")


def find_epoch(memory: Memory, packs: Iterable[Path]) -> str:
    """A name that changes with Easel's code, the files of node packs, the libraries, the device and its precision."""
    parts = [
        str(memory.device),
        str(memory.precision),
        str(torch.get_num_threads()),
        torch.backends.cpu.get_cpu_capability(),
        torch.cuda.get_device_name(memory.device) if memory.device.type == "cuda" else "",
        *(f"{name} {_version(name)}" for name in _PACKAGES),
        *_states(REPOSITORY / name for name in _OWN),
        *_states(packs),
    ]
    return blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def _states(folders: Iterable[Path]) -> Iterator[str]:
    """Path, size and time of each file, except what Python and git make themselves."""
    for folder in folders:
        for root, below, names in os.walk(folder):
            below[:] = sorted(name for name in below if name not in ("__pycache__", ".git"))
            for name in sorted(names):
                path = Path(root, name)
                try:
                    stat = path.stat()
                except OSError:  # a link to nowhere
                    continue
                yield f"{path} {stat.st_size} {stat.st_mtime_ns}"
