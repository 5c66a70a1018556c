"""A file of weights, opened: tensors are views of the mapped file, so that opening costs no memory."""

from __future__ import annotations

import mmap
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from diffusion.checkpoint.header import TensorInfo, read_header
from diffusion.errors import BadFile

PICKLES = (".ckpt", ".pt", ".pth", ".bin")


class WeightsFile:
    """Names and shapes of a file's tensors, and the tensors themselves when asked for.

    State: the mapping of the file, made at the first ``read``. Tensors read from it keep it alive, and are never
    written to.
    """

    def __init__(self, path: Path, tensors: Mapping[str, TensorInfo], metadata: Mapping[str, str]) -> None:
        self.path = path
        self.tensors = tensors
        self.metadata = metadata
        self._map: mmap.mmap | None = None
        self._bytes: Tensor | None = None

    def read(self, name: str) -> Tensor:
        """The tensor, without copying: its pages are read from disk when something computes with them."""
        info = self.tensors[name]
        if info.start == info.end:
            return torch.empty(info.shape, dtype=info.dtype)
        whole = self._mapped()
        part = whole[info.start : info.end]
        if info.start % info.dtype.itemsize:
            # Torch views need aligned data. Files written by old tools are not always.
            part = part.clone()
        return part.view(info.dtype).reshape(info.shape)

    def forget_pages(self) -> None:
        """Tell the system that pages read so far are not needed soon. They come back from the file when touched."""
        if self._map is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)

    def _mapped(self) -> Tensor:
        if self._bytes is None:
            with self.path.open("rb") as file:
                # A private, writable mapping: torch warns about memory it may not write to.
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
            self._bytes = torch.frombuffer(self._map, dtype=torch.uint8)
        return self._bytes


class PickledWeights(WeightsFile):
    """A PyTorch file. Torch has to read the pickle to know the names; the weights stay mapped where it can."""

    def __init__(self, path: Path, loaded: Mapping[str, Tensor]) -> None:
        tensors = {name: TensorInfo(tensor.dtype, tuple(tensor.shape)) for name, tensor in loaded.items()}
        super().__init__(path, tensors, metadata={})
        self._loaded = loaded

    def read(self, name: str) -> Tensor:
        return self._loaded[name]

    def forget_pages(self) -> None:
        """Torch's mapping cannot be reached; the system drops its pages when memory is short."""


def open_weights(path: Path) -> WeightsFile:
    """The file, opened by what its name says it is. Raises BadFile."""
    if not path.is_file():
        raise BadFile(f"{path.name} is not there any more.")
    if path.suffix.lower() in PICKLES:
        return PickledWeights(path, _load_pickle(path))
    header = read_header(path)
    return WeightsFile(path, header.tensors, header.metadata)


def _load_pickle(path: Path) -> dict[str, Tensor]:
    try:
        loaded: Any = _unpickle(path)
    except pickle.UnpicklingError as error:
        raise BadFile(
            f"{path.name} holds program code beside its weights, which is never run, or is no PyTorch file. "
            "Get the .safetensors version."
        ) from error
    except (OSError, EOFError, RuntimeError, ValueError, KeyError, AttributeError) as error:
        raise BadFile(f"{path.name} is damaged, cut short or no PyTorch file. Download it again.") from error
    if isinstance(loaded, dict) and isinstance(loaded.get("state_dict"), dict):
        loaded = loaded["state_dict"]
    if not isinstance(loaded, dict):
        raise BadFile(f"{path.name} holds a {type(loaded).__name__}, not named weights.")
    return {str(name): value.detach() for name, value in loaded.items() if isinstance(value, Tensor)}


def _unpickle(path: Path) -> Any:
    """Weights only: anything in the pickle that would run code is refused by torch."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except RuntimeError as error:
        if "mmap can only be used" not in str(error):
            raise
        return torch.load(path, map_location="cpu", weights_only=True)
