"""The device a worker owns, once torch is there: its memory, and what it tells of itself."""

from __future__ import annotations

import platform
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch

from diffusion.checkpoint.load import import_networks
from diffusion.memory import Memory, open_memory
from diffusion.memory.measure import free_bytes, total_bytes
from jobs.messages import Device, Stats
from jobs.options import Options
from worker.meter import Gauge, open_process_gauge


@dataclass(frozen=True)
class OwnDevice:
    """memory: the one Memory of this process. The others are what a House offers to those without torch."""

    memory: Memory
    warm: Callable[[], None]
    around: Callable[[], AbstractContextManager[Any]]
    free: Callable[[], None]
    stats: Callable[[], Stats]
    gauge: Gauge | None


def open_device(options: Options) -> OwnDevice:
    """The best device of this machine, or the CPU when asked for."""
    memory = open_memory("cpu" if options.cpu else None, force_fp32=options.force_fp32)
    gauge = CudaGauge(memory.device) if memory.device.type == "cuda" else open_process_gauge()
    return OwnDevice(
        memory, import_networks, torch.inference_mode, memory.free, lambda: read_stats(memory.device), gauge
    )


class CudaGauge:
    """The memory that torch's tensors hold on a CUDA device."""

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def begin(self) -> int:
        torch.cuda.reset_peak_memory_stats(self._device)
        return torch.cuda.memory_allocated(self._device)

    def peak(self) -> int:
        return torch.cuda.max_memory_allocated(self._device)


def read_stats(device: torch.device) -> Stats:
    """The device's name and memory, now."""
    on_gpu = device.type == "cuda"
    reserved = torch.cuda.memory_reserved(device) if on_gpu else 0
    described = Device(
        name=torch.cuda.get_device_name(device) if on_gpu else platform.processor() or "cpu",
        type=device.type,
        index=(device.index or 0) if on_gpu else None,
        vram_total=total_bytes(device),
        vram_free=free_bytes(device),
        torch_vram_total=reserved,
        torch_vram_free=reserved - torch.cuda.memory_allocated(device) if on_gpu else 0,
    )
    return Stats([described], str(torch.__version__))
