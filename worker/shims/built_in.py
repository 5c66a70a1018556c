"""``nodes``: Easel's node types as classes of the field's first contract, for packs that call or derive from them.

Easel's own package has the same name, so what packs look for there is put onto it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Final

import nodes
from diffusion.resize import METHODS
from graph.node import Done, Node
from graph.object_info import describe
from graph.spec import MISSING, Choice, Kind, NodeSpec
from jobs.choices import FileChoices
from nodes.errors import NotInARun
from nodes.field_values import from_field, to_field
from worker.shims.folder_paths import ListedNames
from worker.shims.ground import ground, run_of
from worker.shims.placeholder import is_probed, make_placeholder
from worker.shims.saving import SAVED_IN, saving_members

MAX_RESOLUTION: Final = 16384

# What the field calls the function of a node type, where packs call it themselves.
FUNCTIONS: Final[Mapping[str, str]] = {
    "CheckpointLoaderSimple": "load_checkpoint",
    "CLIPLoader": "load_clip",
    "CLIPSetLastLayer": "set_last_layer",
    "CLIPTextEncode": "encode",
    "ConditioningAverage": "addWeighted",
    "ConditioningCombine": "combine",
    "ConditioningConcat": "concat",
    "ConditioningSetArea": "append",
    "ConditioningSetMask": "append",
    "ConditioningSetTimestepRange": "set_range",
    "ConditioningZeroOut": "zero_out",
    "ControlNetApply": "apply_controlnet",
    "ControlNetApplyAdvanced": "apply_controlnet",
    "ControlNetLoader": "load_controlnet",
    "CropMask": "crop",
    "DualCLIPLoader": "load_clip",
    "EmptyImage": "generate",
    "EmptyLatentImage": "generate",
    "FeatherMask": "feather",
    "GrowMask": "expand_mask",
    "ImageBatch": "batch",
    "ImageCompositeMasked": "composite",
    "ImageInvert": "invert",
    "ImagePadForOutpaint": "expand_image",
    "ImageScale": "upscale",
    "ImageScaleBy": "upscale",
    "ImageToMask": "image_to_mask",
    "InpaintModelConditioning": "encode",
    "InvertMask": "invert",
    "KSampler": "sample",
    "KSamplerAdvanced": "sample",
    "LatentFromBatch": "frombatch",
    "LatentUpscale": "upscale",
    "LatentUpscaleBy": "upscale",
    "LoadImage": "load_image",
    "LoadImageMask": "load_image",
    "LoraLoader": "load_lora",
    "LoraLoaderModelOnly": "load_lora_model_only",
    "MaskComposite": "combine",
    "MaskToImage": "mask_to_image",
    "PreviewImage": "save_images",
    "RepeatLatentBatch": "repeat",
    "SaveImage": "save_images",
    "SetLatentNoiseMask": "set_mask",
    "SolidMask": "solid",
    "UNETLoader": "load_unet",
    "VAEDecode": "decode",
    "VAEDecodeTiled": "decode",
    "VAEEncode": "encode",
    "VAEEncodeForInpaint": "encode",
    "VAEEncodeTiled": "encode",
    "VAELoader": "load_vae",
}


# The functions of these take their arguments in another order than INPUT_TYPES lists the inputs.
ARGUMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "CLIPTextEncode": ("clip", "text"),
    "ConditioningSetMask": ("conditioning", "mask", "set_cond_area", "strength"),
    "VAEDecode": ("vae", "samples"),
    "VAEDecodeTiled": ("vae", "samples", "tile_size", "overlap", "temporal_size", "temporal_overlap"),
    "VAEEncode": ("vae", "pixels"),
    "VAEEncodeForInpaint": ("vae", "pixels", "mask", "grow_mask_by"),
    "VAEEncodeTiled": ("vae", "pixels", "tile_size", "overlap", "temporal_size", "temporal_overlap"),
}


_RESIZED: Final = {"upscale_methods": list(METHODS), "crop_methods": ["disabled", "center"]}
# Lists of choices that packs read off the field's classes.
LISTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "ImageScale": _RESIZED,
    "LatentUpscale": _RESIZED,
    "ImageScaleBy": _RESIZED,
    "LatentUpscaleBy": _RESIZED,
}


class Classes(dict[str, Any]):
    """Classes by node type: packs' own as they are, Easel's made when they are asked for."""

    def __init__(self, built_in: Mapping[str, Node]) -> None:
        super().__init__()
        self._built_in = built_in

    def __missing__(self, name: str) -> Any:
        self[name] = made = make_class(self._built_in[name])
        return made

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self._built_in

    def __iter__(self) -> Iterator[str]:
        return iter([*self._built_in, *(name for name in super().__iter__() if name not in self._built_in)])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401  this is get itself

    def keys(self) -> Any:
        return dict.fromkeys(self).keys()

    def values(self) -> Any:
        return [self[name] for name in self]

    def items(self) -> Any:
        return [(name, self[name]) for name in self]


def put_on_package(built_in: Mapping[str, Node]) -> Classes:
    """Put the field's names onto Easel's package; the classes, to which packs add theirs."""
    classes = Classes(built_in)

    def find(name: str) -> Any:
        if name in built_in:
            return classes[name]
        if name.startswith("__") or name[:1].islower() or is_probed(inspect.currentframe().f_back):  # type: ignore[union-attr]  # CPython has frames
            raise AttributeError(f"module 'nodes' has no attribute {name!r}", name=name)
        return make_placeholder(name, "nodes")

    vars(nodes).update(
        MAX_RESOLUTION=MAX_RESOLUTION,
        NODE_CLASS_MAPPINGS=classes,
        NODE_DISPLAY_NAME_MAPPINGS={name: node.spec.display_name or name for name, node in built_in.items()},
        EXTENSION_WEB_DIRS={},
        LOADED_MODULE_DIRS={},
        common_ksampler=make_placeholder("common_ksampler", "nodes"),
        __getattr__=find,
    )
    return classes


def make_class(node: Node) -> Any:
    """A class of the first contract that calls the node."""
    spec = node.spec
    method = FUNCTIONS.get(spec.name, "execute")
    arguments = ARGUMENTS.get(spec.name) or tuple(item.name for item in spec.inputs)

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        run = run_of(spec.name)
        given = {item.name: item.default for item in spec.inputs if item.default is not MISSING}
        given |= dict(zip(arguments, args, strict=False)) | kwargs
        given |= {name: None for name, _ in spec.hidden if name not in given}
        types = {item.name: item.type for item in spec.inputs}
        answer = node.call({name: _read(types.get(name, ""), value) for name, value in given.items()}, run)
        if not isinstance(answer, Done):
            raise NotInARun(f"{spec.name} cannot be called by other nodes; let your node expand to it.")
        result = tuple(to_field(value) for value in answer.outputs)
        return {"ui": dict(answer.ui), "result": result} if answer.ui is not None else result

    described = describe(spec, lambda _: None)
    members = {
        **LISTS.get(spec.name, {}),
        "INPUT_TYPES": classmethod(lambda cls: _entries(spec)),
        "RETURN_TYPES": tuple(described["output"]),
        "RETURN_NAMES": tuple(described["output_name"]),
        "OUTPUT_IS_LIST": tuple(described["output_is_list"]),
        "OUTPUT_NODE": spec.is_output,
        "INPUT_IS_LIST": spec.takes_lists,
        "CATEGORY": spec.category,
        "DESCRIPTION": spec.description,
        "FUNCTION": method,
        "RELATIVE_PYTHON_MODULE": "nodes",
        method: call,
    }
    if spec.name in SAVED_IN:
        members |= saving_members(SAVED_IN[spec.name], spec.name)
    return type(spec.name, (), members)


def _read(type_name: str, value: Any) -> Any:
    """A value that a pack passes. Nobody has judged it, so that whole numbers come where others are meant."""
    return float(value) if type_name == "FLOAT" and isinstance(value, int) else from_field(type_name, value)


def _entries(spec: NodeSpec) -> dict[str, Any]:
    """The inputs as INPUT_TYPES has them: tuples, made anew, since packs add their own."""
    kinds = {item.name: item.kind for item in spec.inputs}
    return {
        section: {name: _entry(entry, kinds.get(name)) for name, entry in items.items()}
        for section, items in describe(spec, FileChoices(ground().folders))["input"].items()
    }


def _entry(entry: Any, kind: Kind | None) -> Any:
    """One input. Its files are a list that knows its folder, so that a class derived from this one lists them anew."""
    if not isinstance(entry, list):  # a hidden input: its name alone
        return entry
    if isinstance(kind, Choice) and kind.folder and not kind.more and not kind.modern:
        return ListedNames(entry[0], kind.folder, kind.options), *entry[1:]
    return tuple(entry)
