"""``comfy.model_management``: which device there is, what it can do, and whether the user wants to stop."""

from __future__ import annotations

import gc
import importlib
from enum import Enum
from typing import Any

import torch

from diffusion.memory.measure import free_bytes, total_bytes
from graph.errors import Cancelled
from graph.run import current_run
from worker.shims.ground import ground
from worker.shims.placeholder import answer_for

InterruptProcessingException = Cancelled
OOM_EXCEPTION = torch.cuda.OutOfMemoryError
XFORMERS_IS_AVAILABLE = False
XFORMERS_ENABLED_VAE = False
current_loaded_models: list[Any] = []


class VRAMState(Enum):
    """How models share the device; Easel's Memory sees to that by itself."""

    DISABLED = 0
    NO_VRAM = 1
    LOW_VRAM = 2
    NORMAL_VRAM = 3
    HIGH_VRAM = 4
    SHARED = 5


class CPUState(Enum):
    """The kind of device."""

    GPU = 0
    CPU = 1
    MPS = 2


vram_state = VRAMState.NORMAL_VRAM


def get_torch_device() -> torch.device:
    """The device that models compute on."""
    if ground().options.cpu:
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda", torch.cuda.current_device())
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


text_encoder_device = vae_device = unet_inital_load_device = get_torch_device


def intermediate_device(*_: Any, **__: Any) -> torch.device:
    """Where values on the wires lie."""
    return torch.device("cpu")


unet_offload_device = text_encoder_offload_device = vae_offload_device = intermediate_device


def intermediate_dtype() -> torch.dtype:
    return torch.float32


def vae_dtype(device: Any = None, allowed_dtypes: Any = ()) -> torch.dtype:
    return torch.bfloat16 if should_use_bf16(device) else torch.float32


def unet_dtype(device: Any = None, **_: Any) -> torch.dtype:
    return torch.float16 if should_use_fp16(device) else torch.float32


def text_encoder_dtype(device: Any = None) -> torch.dtype:
    return unet_dtype(device)


def unet_manual_cast(*_: Any, **__: Any) -> None:
    """No cast beside the network's own type."""


def should_use_fp16(device: Any = None, *_: Any, **__: Any) -> bool:
    return not ground().options.force_fp32 and _kind(device) in ("cuda", "mps")


def should_use_bf16(device: Any = None, *_: Any, **__: Any) -> bool:
    return not ground().options.force_fp32 and _kind(device) == "cuda" and torch.cuda.is_bf16_supported()


def is_device_type(device: Any, kind: str) -> bool:
    return _kind(device) == kind


def is_device_cpu(device: Any) -> bool:
    return _kind(device) == "cpu"


def is_device_mps(device: Any) -> bool:
    return _kind(device) == "mps"


def is_device_cuda(device: Any) -> bool:
    return _kind(device) == "cuda"


def is_nvidia() -> bool:
    return get_torch_device().type == "cuda" and torch.version.cuda is not None


def is_amd() -> bool:
    return get_torch_device().type == "cuda" and torch.version.cuda is None


def is_intel_xpu() -> bool:
    return False


is_directml_enabled = is_ascend_npu = is_mlu = is_intel_xpu
xformers_enabled = xformers_enabled_vae = sage_attention_enabled = flash_attention_enabled = is_intel_xpu


def mps_mode() -> bool:
    return get_torch_device().type == "mps"


def cpu_mode() -> bool:
    return get_torch_device().type == "cpu"


def pytorch_attention_enabled() -> bool:
    return True


def get_autocast_device(device: Any) -> str:
    return _kind(device)


def get_torch_device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def get_free_memory(dev: Any = None, torch_free_too: bool = False) -> Any:
    """Bytes that the device can still give."""
    free = free_bytes(_device(dev))
    return (free, free) if torch_free_too else free


def get_total_memory(dev: Any = None, torch_total_too: bool = False) -> Any:
    """Bytes that the device has."""
    total = total_bytes(_device(dev))
    return (total, total) if torch_total_too else total


def soft_empty_cache(force: bool = False) -> None:
    """Give back what torch holds without need."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def unload_all_models() -> None:
    """Take all networks off the device."""
    memory_of_run(lambda memory: memory.free())
    soft_empty_cache()


def free_memory(memory_required: float = 0, device: Any = None, keep_loaded: Any = ()) -> list[Any]:
    """Make room on the device."""
    memory_of_run(lambda memory: memory.free())
    return []


def cleanup_models(*_: Any, **__: Any) -> None:
    """Easel's networks leave by themselves."""


cleanup_models_gc = cleanup_models


def loaded_models(only_currently_used: bool = False) -> list[Any]:
    """None that a pack could do anything with."""
    return []


def processing_interrupted() -> bool:
    """Whether the user wants this run to stop."""
    run = current_run.get(None)
    return run is not None and run.is_cancelled


def throw_exception_if_processing_interrupted() -> None:
    """Stop here if the user wants that."""
    run = current_run.get(None)
    if run is not None:
        run.check_cancelled()


def interrupt_current_processing(value: bool = True) -> None:
    """Stop this run."""
    run = current_run.get(None)
    if run is not None and value:
        run.cancel()


def cast_to(weight: torch.Tensor, dtype: Any = None, device: Any = None, **_: Any) -> torch.Tensor:
    return weight.to(device=device if device is not None else weight.device, dtype=dtype or weight.dtype)


def cast_to_device(tensor: torch.Tensor, device: Any, dtype: Any, copy: bool = False) -> torch.Tensor:
    return tensor.to(device=device, dtype=dtype, copy=copy)


def dtype_size(dtype: torch.dtype) -> int:
    """Bytes of one number."""
    return dtype.itemsize


def module_size(module: torch.nn.Module) -> int:
    """Bytes of a network's weights."""
    return sum(value.numel() * value.element_size() for value in module.state_dict().values())


def device_supports_non_blocking(device: Any) -> bool:
    return _kind(device) == "cuda"


def supports_dtype(device: Any, dtype: torch.dtype) -> bool:
    return dtype == torch.float32 or _kind(device) != "cpu"


def memory_of_run(use: Any) -> None:
    """Do something with the Memory of the run that goes on here, if one does."""
    run = current_run.get(None)
    if run is not None:
        memory_class = importlib.import_module("diffusion.memory").Memory
        use(run.service(memory_class))


def _device(device: Any) -> torch.device:
    return get_torch_device() if device is None else torch.device(device)


def _kind(device: Any) -> str:
    return _device(device).type


__getattr__ = answer_for("comfy.model_management")
