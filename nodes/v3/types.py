"""What an input or output of a schema is: its type, and the options that editors see. Plain sockets here."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

import torch

from graph.spec import ANY
from nodes.file_3d import MESH_FILES, SPLAT_FILES

C = TypeVar("C")


class Input:
    """An input. The options of the wire are in ``as_dict``; those that are None are left out."""

    io_type: ClassVar[str] = ANY

    def __init__(
        self,
        id: str,  # the contract's own word
        display_name: str | None = None,
        optional: bool = False,
        tooltip: str | None = None,
        lazy: bool | None = None,
        extra_dict: dict[str, Any] | None = None,
        raw_link: bool | None = None,
        advanced: bool | None = None,
    ) -> None:
        self.id = id
        self.display_name = display_name
        self.optional = optional
        self.tooltip = tooltip
        self.lazy = lazy
        self.extra_dict = extra_dict or {}
        self.rawLink = raw_link
        self.advanced = advanced

    def get_io_type(self) -> str:
        """The type's name on the wire."""
        return self.io_type

    def as_dict(self) -> dict[str, Any]:
        """The options, as ``/object_info`` shows them."""
        shared = {
            "display_name": self.display_name,
            "tooltip": self.tooltip,
            "lazy": self.lazy,
            "rawLink": self.rawLink,
            "advanced": self.advanced,
        }
        return {**prune(shared), **prune(self.own_options()), **self.extra_dict}

    def own_options(self) -> dict[str, Any]:
        """The options of this kind of input alone."""
        return {}

    def as_entry(self) -> tuple[str, dict[str, Any]]:
        """``(type, options)``, as the first contract declares an input."""
        return self.get_io_type(), self.as_dict()


class WidgetInput(Input):
    """An input that editors draw a widget for."""

    def __init__(
        self,
        id: str,
        display_name: str | None = None,
        optional: bool = False,
        tooltip: str | None = None,
        lazy: bool | None = None,
        default: Any = None,
        socketless: bool | None = None,
        widget_type: str | None = None,
        force_input: bool | None = None,
        extra_dict: dict[str, Any] | None = None,
        raw_link: bool | None = None,
        advanced: bool | None = None,
    ) -> None:
        super().__init__(id, display_name, optional, tooltip, lazy, extra_dict, raw_link, advanced)
        self.default = default
        self.socketless = socketless
        self.widget_type = widget_type
        self.force_input = force_input

    def own_options(self) -> dict[str, Any]:
        return {
            "default": self.default,
            "socketless": self.socketless,
            "widgetType": self.widget_type,
            "forceInput": self.force_input,
        }


class Output:
    """An output. Without an ``id`` it gets one from its place and type."""

    io_type: ClassVar[str] = ANY

    def __init__(
        self,
        id: str | None = None,
        display_name: str | None = None,
        tooltip: str | None = None,
        is_output_list: bool = False,
    ) -> None:
        self.id = id
        self.display_name = display_name
        self.tooltip = tooltip
        self.is_output_list = is_output_list

    def get_io_type(self) -> str:
        """The type's name on the wire."""
        return self.io_type


class ComfyTypeI:
    """A type that inputs may have."""

    io_type: ClassVar[str] = ANY
    Type: ClassVar[Any] = Any
    Input: ClassVar[Any] = Input


class ComfyTypeIO(ComfyTypeI):
    """A type that inputs and outputs may have."""

    Output: ClassVar[Any] = Output


def comfytype(io_type: str, **_: Any) -> Any:
    """A class decorator that names a type, and gives its Input and Output classes that name."""

    def name_type(cls: type[C]) -> type[C]:
        for part, base in (("Input", Input), ("Output", Output)):
            own = getattr(cls, part, base)
            setattr(cls, part, type(part, (own,), {"io_type": io_type, "Parent": cls}))
        cls.io_type = io_type  # type: ignore[attr-defined]  # that is what this decorator is for
        return cls

    return name_type


def Custom(io_type: str) -> Any:
    """The type of that name, a pack's own."""
    return make_type(io_type)


def make_type(io_type: str, python_type: Any = Any, **members: Any) -> Any:
    """A type that is a plain socket, with further ``members`` that packs look up on it."""
    return comfytype(io_type)(type(io_type.title().replace("_", ""), (ComfyTypeIO,), {"Type": python_type, **members}))


def prune(options: dict[str, Any]) -> dict[str, Any]:
    """The options that were given."""
    return {name: value for name, value in options.items() if value is not None}


Image = make_type("IMAGE", torch.Tensor)
Mask = make_type("MASK", torch.Tensor)
Sigmas = make_type("SIGMAS", torch.Tensor)
Latent = make_type("LATENT", LatentDict=dict)
Conditioning = make_type("CONDITIONING", CondList=list, PooledDict=dict)
Audio = make_type("AUDIO", AudioDict=dict)
AnyType = make_type(ANY)

PLAIN = {
    "WanCameraEmbedding": "WAN_CAMERA_EMBEDDING",
    "Sampler": "SAMPLER",
    "Noise": "NOISE",
    "Guider": "GUIDER",
    "Clip": "CLIP",
    "ControlNet": "CONTROL_NET",
    "Vae": "VAE",
    "Model": "MODEL",
    "ClipVision": "CLIP_VISION",
    "ClipVisionOutput": "CLIP_VISION_OUTPUT",
    "AudioEncoder": "AUDIO_ENCODER",
    "AudioEncoderOutput": "AUDIO_ENCODER_OUTPUT",
    "StyleModel": "STYLE_MODEL",
    "Gligen": "GLIGEN",
    "UpscaleModel": "UPSCALE_MODEL",
    "LatentUpscaleModel": "LATENT_UPSCALE_MODEL",
    "Video": "VIDEO",
    "SVG": "SVG",
    "LoraModel": "LORA_MODEL",
    "LossMap": "LOSS_MAP",
    "Voxel": "VOXEL",
    "Mesh": "MESH",
    "Hooks": "HOOKS",
    "HookKeyframes": "HOOK_KEYFRAMES",
    "TimestepsRange": "TIMESTEPS_RANGE",
    "LatentOperation": "LATENT_OPERATION",
    "FlowControl": "FLOW_CONTROL",
    "Accumulation": "ACCUMULATION",
    "Load3DCamera": "LOAD3D_CAMERA",
    "Load3D": "LOAD_3D",
    "Load3DAnimation": "LOAD_3D_ANIMATION",
    "Photomaker": "PHOTOMAKER",
    "Point": "POINT",
    "FaceAnalysis": "FACE_ANALYSIS",
    "BBOX": "BBOX",
    "SEGS": "SEGS",
    "Tracks": "TRACKS",
    "ModelPatch": "MODEL_PATCH",
    "File3DAny": "FILE_3D",
    **{f"File3D{form}": f"FILE_3D_{form}" for form in (*MESH_FILES, *SPLAT_FILES)},
    "Load3DModelInfo": "LOAD3D_MODEL_INFO",
    "Splat": "SPLAT",
}
"""Names that packs use, and the types on the wire; each is an attribute of this module."""

globals().update({name: make_type(io_type) for name, io_type in PLAIN.items()})
