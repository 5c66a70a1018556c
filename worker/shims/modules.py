"""Puts the stand-ins where ``import`` finds them, once for a process, before the first pack is loaded."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import aiohttp.web

from diffusion.solids.body import Mesh, Voxel
from files.folders import Folders
from graph.blocker import ExecutionBlocker
from graph.node import Node
from jobs.options import Options
from nodes.file_3d import File3D
from nodes.v3 import io, media, progress, types, ui
from nodes.v3.node import ComfyExtension
from worker.shims import comfy_types, comfy_utils, folder_paths, graph_utils, model_management, prompt_server, small
from worker.shims.built_in import Classes, put_on_package
from worker.shims.early import stand_ready
from worker.shims.placeholder import PlaceholderFinder, answer_for, make_placeholder, submodule_of_comfy

FIELD_VERSION = "0.8.0"
"""The release of the field's engine whose contracts these are; packs ask."""


def install(folders: Folders, built_in: Mapping[str, Node], options: Options | None = None) -> Classes:
    """Make the modules importable; the node classes that packs find and add to."""
    stand_ready(folders, options or Options())
    if not any(isinstance(finder, PlaceholderFinder) for finder in sys.meta_path):
        sys.meta_path.append(PlaceholderFinder())
    found = _modules()
    for name, module in found.items():
        sys.modules[name] = module
    for name, module in found.items():
        holder, _, last = name.rpartition(".")
        if holder:
            setattr(found[holder], last, module)
    found["comfy"].__getattr__ = submodule_of_comfy  # type: ignore[method-assign]  # PEP 562
    found["comfy"].__file__ = str(folders.base / "comfy" / "__init__.py")
    return put_on_package(built_in)


def _modules() -> dict[str, ModuleType]:
    """The stand-ins by name."""
    graph: dict[str, Any] = {"ExecutionBlocker": ExecutionBlocker, "DynamicPrompt": graph_utils.DynamicPrompt}
    return {
        "folder_paths": folder_paths,
        "server": _make("server", PromptServer=prompt_server.PromptServer,
                        BinaryEventTypes=prompt_server.BinaryEventTypes, web=aiohttp.web),
        "execution": _make("execution", open_ended=True, **graph, nodes=sys.modules["nodes"]),
        "node_helpers": small_module("node_helpers", "conditioning_set_values", "pillow", "hasher",
                                     "string_to_torch_dtype", "image_alpha_fix"),
        "latent_preview": _latent_preview(),
        "comfyui_version": _make("comfyui_version", __version__=FIELD_VERSION),
        **_comfy(),
        **_comfy_execution(graph),
        **_comfy_api(),
    }  # fmt: skip


def _latent_preview() -> ModuleType:
    """Packs ask for these by name and put their own in their place, so they are there for ``getattr`` too."""
    names = ("get_previewer", "prepare_callback", "LatentPreviewer", "Latent2RGBPreviewer", "TAESDPreviewerImpl")
    members = {name: make_placeholder(name, "latent_preview") for name in names}
    return _make("latent_preview", open_ended=True, LatentPreviewMethod=small.LatentPreviewMethod, **members)


def _comfy() -> dict[str, ModuleType]:
    return {
        "comfy": _make("comfy", is_package=True),
        "comfy.utils": comfy_utils,
        "comfy.model_management": model_management,
        "comfy.comfy_types": comfy_types,
        "comfy.comfy_types.node_typing": comfy_types,
        "comfy.cli_args": _make("comfy.cli_args", args=small.Arguments(),
                                LatentPreviewMethod=small.LatentPreviewMethod),
        "comfy.samplers": small_module("comfy.samplers", "KSampler", "SAMPLER_NAMES", "SCHEDULER_NAMES",
                                       KSAMPLER_NAMES=small.SAMPLER_NAMES,
                                       SCHEDULER_HANDLERS=dict.fromkeys(small.SCHEDULER_NAMES)),
    }  # fmt: skip


def _comfy_execution(graph: Mapping[str, Any]) -> dict[str, ModuleType]:
    return {
        "comfy_execution": _make("comfy_execution", is_package=True),
        "comfy_execution.graph_utils": graph_utils,
        "comfy_execution.graph": _make("comfy_execution.graph", open_ended=True, **graph,
                                       is_link=graph_utils.is_link),
        "comfy_execution.utils": _make("comfy_execution.utils",
                                       get_executing_context=graph_utils.get_executing_context,
                                       ExecutingContext=graph_utils.ExecutingContext),
        "comfy_execution.validation": _make("comfy_execution.validation",
                                            validate_node_input=graph_utils.validate_node_input),
        "comfy_execution.progress": _make("comfy_execution.progress", open_ended=True),
        "comfy_execution.caching": _make("comfy_execution.caching", open_ended=True),
    }  # fmt: skip


def _comfy_api() -> dict[str, ModuleType]:
    implementations = _members(media, "VideoFromFile", "VideoFromComponents")
    kinds = _members(media, "VideoComponents", "VideoContainer", "VideoCodec")
    interface = _interface(implementations, kinds)
    parts = {"_io": io, "_ui": ui}
    inputs = {"VideoInput": media.VideoInput, **_any("ImageInput", "MaskInput", "AudioInput", "LatentInput")}
    found = {
        "comfy_api": _make("comfy_api", is_package=True),
        "comfy_api.input": _make("comfy_api.input", is_package=True, **inputs),
        "comfy_api.input_impl": _make("comfy_api.input_impl", is_package=True, **implementations),
        "comfy_api.util": _make("comfy_api.util", is_package=True, **kinds),
        "comfy_api.feature_flags": _make("comfy_api.feature_flags", supports_feature=small.supports_feature),
        "comfy_api.torch_helpers": small_module("comfy_api.torch_helpers", "set_torch_compile_wrapper"),
    }
    for version in ("latest", "v0_0_1", "v0_0_2"):
        found[f"comfy_api.{version}"] = _make(f"comfy_api.{version}", is_package=True, **interface)
        found |= {f"comfy_api.{version}.{name}": module for name, module in parts.items()}
    return found


def _interface(implementations: Mapping[str, Any], kinds: Mapping[str, Any]) -> dict[str, Any]:
    """What each version of ``comfy_api`` offers."""
    return {
        "ComfyAPI": progress.ComfyAPI,
        "ComfyAPISync": progress.ComfyAPISync,
        "ComfyAPIAdapter_latest": progress.ComfyAPI,
        "ComfyExtension": ComfyExtension,
        "io": io,
        "IO": io,
        "ui": ui,
        "UI": ui,
        "Input": _namespace("Input", Video=media.VideoInput, **_any("Image", "Mask", "Audio", "Latent")),
        "InputImpl": _namespace("InputImpl", **implementations),
        "Types": _namespace("Types", **kinds, MESH=Mesh, VOXEL=Voxel, File3D=File3D),
        "_io": io,
        "_ui": ui,
    }


def small_module(name: str, *names: str, **members: Any) -> ModuleType:
    """A module with these parts of ``small``; others are placeholders."""
    return _make(name, open_ended=True, **{part: getattr(small, part) for part in names}, **members)


def _make(name: str, *, is_package: bool = False, open_ended: bool = False, **members: Any) -> ModuleType:
    """A module of these members. ``open_ended``: whatever else is imported from it is a placeholder."""
    module = ModuleType(name)
    vars(module).update(members)
    if is_package:
        module.__path__ = []
    if open_ended:
        module.__getattr__ = answer_for(name)  # type: ignore[method-assign]  # PEP 562
    return module


def _namespace(name: str, **members: Any) -> Any:
    return type(name, (), members)


def _members(module: ModuleType, *names: str) -> dict[str, Any]:
    return {name: getattr(module, name) for name in names}


def _any(*names: str) -> dict[str, Any]:
    """Types that say nothing of their values."""
    return {name: getattr(types, name, object) for name in names}
