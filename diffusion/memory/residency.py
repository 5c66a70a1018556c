"""Memory: one per worker. Networks become resident when used; the least recently used leave when room is short."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from diffusion.errors import OutOfMemory
from diffusion.memory.handle import Handle, Patched, Resident
from diffusion.memory.measure import free_bytes, give_back
from diffusion.memory.precision import Precision, choose_precision

GIB = 1024**3


def open_memory(device: str | torch.device | None = None, *, force_fp32: bool = False) -> Memory:
    """The Memory of this machine's best device, or of the one named."""
    device = torch.device(device if device is not None else _best_device())
    return Memory(device, choose_precision(device, force_fp32))


class Memory:
    """What is resident on one device, within a budget.

    State: the handles resident now, least recently used first (weakly held: a network nobody refers to any more leaves
    by itself), and how many ``use`` blocks each is inside of.
    Invariant: a handle inside a ``use`` block is resident and never evicted; the bytes of resident weights stay within
    ``limit_bytes``, where one is given.

    limit_bytes: budget for weights and working room; None = what the device has. free: how many bytes the device can
    still give, asked whenever it matters; tests pass their own.
    """

    def __init__(
        self,
        device: torch.device,
        precision: Precision | None = None,
        limit_bytes: int | None = None,
        free: Callable[[torch.device], int] = free_bytes,
    ) -> None:
        self.device = device
        self.precision = precision if precision is not None else choose_precision(device)
        self.limit_bytes = limit_bytes
        self._free = free
        self._recent: list[weakref.ref[Handle]] = []
        self._in_use: weakref.WeakKeyDictionary[Handle, int] = weakref.WeakKeyDictionary()
        self._shared: weakref.WeakValueDictionary[Hashable, Handle] = weakref.WeakValueDictionary()

    def share(self, key: Hashable, make: Callable[[], Handle]) -> Handle:
        """The handle made for this key before, while somebody still holds it; else a new one."""
        handle = self._shared.get(key)
        if handle is None:
            handle = self._shared[key] = make()
        return handle

    @contextmanager
    def use(self, *wanted: Handle | Patched, working_bytes: int = 0) -> Iterator[tuple[Any, ...]]:
        """The modules, resident and ready to compute, in the order asked for.

        (Typed Any: what a module offers beside ``forward`` is known only to who asks for it.)
        working_bytes: room to keep free for activations beside the weights.
        Raises OutOfMemory, also when the block itself runs out of the device's memory.
        """
        patched = [item if isinstance(item, Patched) else Patched(item) for item in wanted]
        handles = [item.handle for item in patched]
        for handle in handles:
            self._in_use[handle] = self._in_use.get(handle, 0) + 1
        try:
            with out_of_memory_as_sentence(self.device, " + ".join(handle.name for handle in handles)):
                for item in patched:
                    self._make_resident(item, working_bytes)
                yield tuple(handle.module for handle in handles)
        finally:
            for handle in handles:
                self._in_use[handle] -= 1

    def free(self) -> None:
        """Unload every network that is not inside a ``use`` block, and give the device's cached memory back."""
        for handle in self.resident():
            if not self._in_use.get(handle):
                self.unload(handle)
        self._empty_cache()

    def unload(self, handle: Handle) -> None:
        """Drop the resident weights; the handle stays usable and becomes resident again when it is next used."""
        handle.set_weights(None)
        self._recent = [ref for ref in self._recent if ref() not in (handle, None)]

    def resident(self) -> list[Handle]:
        """The networks resident now, least recently used first."""
        return [handle for ref in self._recent if (handle := ref()) is not None]

    def resident_bytes(self) -> int:
        """Bytes of weights that residency costs; weights used straight from the file's pages cost nothing."""
        return sum(self._cost(handle) for handle in self.resident())

    def room_bytes(self) -> int:
        """Bytes for weights or activations that are free now, without evicting anything."""
        free = self._free(self.device)
        return free if self.limit_bytes is None else min(free, self.limit_bytes - self.resident_bytes())

    @property
    def exact_device(self) -> torch.device:
        """Where float64 is computed: Apple's GPUs have none, so there it is the CPU."""
        return torch.device("cpu") if self.device.type == "mps" else self.device

    def make_room(self, needed_bytes: int) -> bool:
        """Evict the least recently used, unused networks until there is room. False when there still is not."""
        for handle in self.resident():
            if self.room_bytes() >= needed_bytes:
                return True
            if not self._in_use.get(handle):
                self.unload(handle)
                self._empty_cache()
        return self.room_bytes() >= needed_bytes

    def _make_resident(self, wanted: Patched, working_bytes: int) -> None:
        handle = wanted.handle
        state = self._state(handle, wanted)
        if handle.resident != state:
            if handle.resident is None or handle.resident.format != state.format:
                self._require(self._cost(handle) + working_bytes, handle)
                give_back(self.device)
            handle.set_weights(state)
            give_back(self.device)
        self._recent = [ref for ref in self._recent if ref() not in (handle, None)]
        self._recent.append(weakref.ref(handle))

    def _require(self, needed_bytes: int, handle: Handle) -> None:
        if not self.make_room(needed_bytes):
            raise OutOfMemory(
                f"{handle.name} needs {_gigabytes(needed_bytes)} on {_words(self.device)}, "
                f"{_gigabytes(max(0, self.room_bytes()))} are free. "
                "Use a smaller model, a smaller picture or batch, or close other programs."
            )

    def _state(self, handle: Handle, wanted: Patched) -> Resident:
        precision = self.precision
        return Resident(
            device=self.device,
            dtype=precision.of(handle.role),
            channels_last=precision.is_channels_last(handle.role),
            packs=precision.packs(handle.role),
            patches=wanted.patches,
        )

    def _cost(self, handle: Handle) -> int:
        dtype = self.precision.of(handle.role)
        as_in_file = self.device.type == "cpu" and not self.precision.packs(handle.role)
        straight = as_in_file and all(w.dtype == dtype for w in handle.weights.values())
        return 0 if straight else handle.nbytes(dtype)

    def _empty_cache(self) -> None:
        gc.collect()
        give_back(self.device)


@contextmanager
def out_of_memory_as_sentence(device: torch.device, what: str) -> Iterator[None]:
    """Turn torch's ways of running out of memory into OutOfMemory, which says what to do."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise OutOfMemory(_sentence(device, what)) from error
    except RuntimeError as error:
        # The CPU allocator raises a plain RuntimeError.
        if "can't allocate memory" not in str(error) and "not enough memory" not in str(error):
            raise
        raise OutOfMemory(_sentence(device, what)) from error


def _sentence(device: torch.device, what: str) -> str:
    return f"Out of memory in {what} on {_words(device)}. Use a smaller picture or a smaller batch, or decode in tiles."


def _words(device: torch.device) -> str:
    return "the CPU" if device.type == "cpu" else f"the GPU ({device})"


def _gigabytes(count: int) -> str:
    return f"{count / GIB:.1f} GB"


def _best_device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
