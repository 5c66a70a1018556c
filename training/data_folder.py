"""A folder of encoded training data: safetensors files that hold latents and the tokens of their captions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from training.errors import TrainingError

PATTERN = "shard_*.safetensors"
Row = dict[str, Tensor]
"""``latent`` (batch, channels, h, w), ``tokens`` (batch, tokens, width), and ``pooled`` where there is one."""


def write_rows(folder: Path, rows: Sequence[Row], shard_size: int) -> int:
    """Write the rows, so many a file, in place of those that the folder held; answers the number of files."""
    folder.mkdir(parents=True, exist_ok=True)
    old = set(folder.glob(PATTERN))
    for number, first in enumerate(range(0, len(rows), shard_size)):
        tensors = {
            f"{index:06}.{name}": tensor.detach().cpu().contiguous().clone()
            for index, row in enumerate(rows[first : first + shard_size])
            for name, tensor in row.items()
        }
        path = folder / f"shard_{number:04}.safetensors"
        save_file(tensors, path)
        old.discard(path)
    for path in old:
        path.unlink()
    return -(-len(rows) // shard_size)


def read_rows(folder: Path) -> list[Row]:
    """All rows in their order. Raises TrainingError when there are none, or a file is not of this kind."""
    rows: list[Row] = []
    for path in sorted(folder.glob(PATTERN)):
        found: dict[str, Row] = {}
        try:
            with safe_open(path, "pt") as file:
                for key in sorted(file.keys()):
                    index, _, name = key.partition(".")
                    found.setdefault(index, {})[name] = file.get_tensor(key)
        except (SafetensorError, OSError) as error:
            raise TrainingError(
                f"{path.name} cannot be read as training data ({error}). Save the set again."
            ) from error
        if any(not {"latent", "tokens"} <= row.keys() for row in found.values()):
            raise TrainingError(f"{path.name} lacks latents or captions. Save the set again with SaveTrainingDataset.")
        rows += found.values()
    if not rows:
        raise TrainingError(f"There is no training data in {folder}. Write it with SaveTrainingDataset.")
    return rows
