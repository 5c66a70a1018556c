"""The names that packs find in ``comfy_api.latest.io``."""

from __future__ import annotations

from nodes.v3 import types
from nodes.v3.dynamic import Autogrow, DynamicCombo, DynamicInput, DynamicSlot, MatchType, MultiType
from nodes.v3.node import ComfyExtension, ComfyNode, NodeOutput
from nodes.v3.schema import Hidden, HiddenHolder, Schema
from nodes.v3.types import (
    AnyType,
    Audio,
    ComfyTypeI,
    ComfyTypeIO,
    Conditioning,
    Custom,
    Image,
    Input,
    Latent,
    Mask,
    Output,
    Sigmas,
    WidgetInput,
    comfytype,
)
from nodes.v3.widgets import (
    Boolean,
    BoundingBox,
    Color,
    Combo,
    ControlAfterGenerate,
    Curve,
    Float,
    FolderType,
    ImageCompare,
    Int,
    MultiCombo,
    NumberDisplay,
    RemoteOptions,
    String,
    UploadType,
    Webcam,
)

__all__ = [
    "AnyType",
    "Audio",
    "Autogrow",
    "Boolean",
    "BoundingBox",
    "Color",
    "Combo",
    "ComfyExtension",
    "ComfyNode",
    "ComfyTypeI",
    "ComfyTypeIO",
    "Conditioning",
    "ControlAfterGenerate",
    "Curve",
    "Custom",
    "DynamicCombo",
    "DynamicInput",
    "DynamicSlot",
    "Float",
    "FolderType",
    "Hidden",
    "HiddenHolder",
    "Image",
    "ImageCompare",
    "Input",
    "Int",
    "Latent",
    "Mask",
    "MatchType",
    "MultiCombo",
    "MultiType",
    "NodeOutput",
    "NumberDisplay",
    "Output",
    "RemoteOptions",
    "Schema",
    "Sigmas",
    "String",
    "UploadType",
    "Webcam",
    "WidgetInput",
    "comfytype",
]
__all__ += list(types.PLAIN)

globals().update({name: getattr(types, name) for name in types.PLAIN})
