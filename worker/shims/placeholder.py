"""Names of the field's model internals that Easel does not have: importable, subclassable, and of no use.

A pack is imported whole, so one name that is missing takes all its nodes along. With a placeholder only the nodes that
use the name fail, when they run, in a sentence that says so.
"""

from __future__ import annotations

import dis
import importlib
import sys
from abc import ABCMeta
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Any, Final

# What there is below the field's package; packs tell its versions apart by what is not.
_NAMES: Final = (
    "audio_encoders checkpoint_pickle cldm cli_args clip_model clip_vision comfy_types conds context_windows controlnet"
    " diffusers_convert diffusers_load extra_samplers float gligen hooks image_encoders k_diffusion latent_formats ldm"
    " lora lora_convert model_base model_detection model_management model_patcher model_sampling nested_tensor ops"
    " options patcher_extension pixel_space_convert quant_ops rmsnorm sample sampler_helpers samplers sd sd1_clip"
    " sdxl_clip supported_models supported_models_base t2i_adapter taesd text_encoders utils weight_adapter"
)
MODULES: Final = frozenset(_NAMES.split())
ROOTS: Final = frozenset(("comfy_extras", "comfy_api_nodes", "comfy_config", "app", "api_server", "middleware"))
ALONE: Final = frozenset(("latent_preview", "cuda_malloc", "new_updater", "hook_breaker_ac10a0", "protocol"))


class NeedsModelInternals(Exception):
    """A node uses what Easel has no counterpart for."""

    for_user = True


class Placeholder(ABCMeta):
    """The class of placeholders. Asked for any attribute or item it gives a placeholder; called, it says what it is."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs and callable(args[0]):
            return args[0]  # as a decorator it changes nothing
        raise NeedsModelInternals(
            f"This node needs {_origin(cls)}, a part of another engine's model code that Easel does not have. "
            "Use one of Easel's own nodes in its place."
        )

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if is_probed(sys._getframe(1)):
            raise AttributeError(f"{_origin(cls)} has no attribute {name!r}", name=name, obj=cls)
        return make_placeholder(name, _origin(cls))

    def __getitem__(cls, key: Any) -> Any:
        return cls

    def __setitem__(cls, key: Any, value: Any) -> None:
        """Packs add to tables of the other engine; here that has no effect."""

    def __iter__(cls) -> Any:
        return iter(())

    def __len__(cls) -> int:
        return 0

    def __contains__(cls, item: Any) -> bool:
        return False

    def __repr__(cls) -> str:
        return f"<{_origin(cls)}, which Easel does not have>"


def make_placeholder(name: str, module: str) -> Any:
    """A placeholder for ``module.name``."""
    members = {"__module__": module, "__qualname__": name, "_origin": f"{module}.{name}"}
    return Placeholder(name, (), members)


def answer_for(module: str) -> Callable[[str], Any]:
    """A module's ``__getattr__`` that has a placeholder for whatever name is imported from it."""
    kept: dict[str, Any] = {}

    def getattr_(name: str) -> Any:
        if name.startswith("__") or is_probed(sys._getframe(1)):
            raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name)
        if f"{module}.{name}" in sys.modules:
            return sys.modules[f"{module}.{name}"]
        if name not in kept:
            kept[name] = make_placeholder(name, module)
        return kept[name]

    return getattr_


def submodule_of_comfy(name: str) -> ModuleType:
    """``comfy``'s ``__getattr__``: a module below it nobody imported, as the field has after ``import comfy``."""
    if name not in MODULES or is_probed(sys._getframe(1)):
        raise AttributeError(f"module 'comfy' has no attribute {name!r}", name=name)
    return importlib.import_module(f"comfy.{name}")


def is_probed(frame: Any) -> bool:
    """Whether a frame asks by ``hasattr`` or ``getattr``, to see what there is, and does not name what it needs."""
    code: CodeType = frame.f_code
    instruction: str = dis.opname[code.co_code[frame.f_lasti]]
    return instruction.startswith("CALL")


class PlaceholderFinder(MetaPathFinder, Loader):
    """Finds modules of the field that have no stand-in of their own."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if not _is_known(name):
            return None
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        module.__getattr__ = answer_for(module.__name__)  # type: ignore[method-assign]  # PEP 562
        module.__all__ = []  # type: ignore[attr-defined]  # so that "import *" takes nothing


def _is_known(name: str) -> bool:
    root, _, rest = name.partition(".")
    return name in ALONE or root in ROOTS or (root == "comfy" and rest.partition(".")[0] in MODULES)


def _origin(cls: Any) -> str:
    return str(cls._origin)
