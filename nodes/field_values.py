"""Between Easel's values and the dictionaries that the field's node classes exchange; unknown keys ride along.

Values of other types (IMAGE, MASK, numbers, packs' own) are the same on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from diffusion.adapters.hooks import Hook
from diffusion.values import Area, Cond, Conditioning, Latent
from nodes.films import Video
from nodes.sounds import Audio


def to_field(value: Any) -> Any:
    """The value as a node class of the field takes it."""
    match value:
        case Latent():
            return latent_to_field(value)
        case (Cond(), *_):
            return conditioning_to_field(value)
        case Audio():
            return audio_to_field(value)
        case Video():
            from nodes.v3.media import VideoInput  # here, since it reads this module

            return VideoInput(value)
        case _:
            return value


def item_to_field(value: Any, takes_lists: bool) -> Any:
    """One input of a class: a value, or for classes that take lists, a list of them."""
    return [to_field(item) for item in value] if takes_lists and isinstance(value, list) else to_field(value)


def from_field(type_name: str, value: Any) -> Any:
    """The value that a node class of the field returned for an output of that type."""
    convert = _READERS.get(type_name)
    return convert(value) if convert else value


def latent_to_field(latent: Latent) -> dict[str, Any]:
    """``{samples, noise_mask?, batch_index?, ...}``."""
    data = {**latent.extra, "samples": latent.samples}
    if latent.mask is not None:
        data["noise_mask"] = latent.mask
    if latent.batch_index is not None:
        data["batch_index"] = list(latent.batch_index)
    return data


def latent_from_field(data: Any) -> Any:
    """The inverse; anything that is no such dictionary is passed on as it is."""
    if not isinstance(data, Mapping) or "samples" not in data:
        return data
    known = ("samples", "noise_mask", "batch_index")
    index = data.get("batch_index")
    return Latent(
        data["samples"],
        mask=data.get("noise_mask"),
        batch_index=None if index is None else tuple(index),
        extra={k: v for k, v in data.items() if k not in known},
    )


def conditioning_to_field(conditioning: Conditioning) -> list[list[Any]]:
    """``[[tokens, {pooled_output, area, mask, ...}], ...]``; only what differs from the default is written."""
    return [[cond.tokens, _cond_to_dict(cond)] for cond in conditioning]


def conditioning_from_field(data: Any) -> Any:
    """The inverse; anything that is no such list is passed on as it is."""
    if not isinstance(data, list) or not all(isinstance(c, list | tuple) and len(c) == 2 for c in data):
        return data
    return tuple(_cond_from_dict(tokens, options) for tokens, options in data)


def audio_to_field(audio: Audio) -> dict[str, Any]:
    """``{waveform, sample_rate, ...}``."""
    return {**audio.extra, "waveform": audio.waveform, "sample_rate": audio.sample_rate}


def audio_from_field(data: Any) -> Any:
    """``{waveform, sample_rate, ...}`` as Audio; anything else is passed on as it is."""
    if not isinstance(data, Mapping) or not {"waveform", "sample_rate"} <= data.keys():
        return data
    extra = {k: v for k, v in data.items() if k not in ("waveform", "sample_rate")}
    return Audio(data["waveform"], data["sample_rate"], extra)


# Field name, attribute. Those with their own form (area, controls, area_from_mask) are spelled out below.
_PLAIN = {
    "pooled_output": "pooled",
    "strength": "strength",
    "mask": "mask",
    "mask_strength": "mask_strength",
    "start_percent": "start_percent",
    "end_percent": "end_percent",
}


def _cond_to_dict(cond: Cond) -> dict[str, Any]:
    blank = Cond(cond.tokens)
    data = dict(cond.extra)
    for key, attribute in _PLAIN.items():
        value = getattr(cond, attribute)
        usual = getattr(blank, attribute)
        if value is not usual and not (isinstance(value, float | int) and value == usual):
            data[key] = value
    data.setdefault("pooled_output", cond.pooled)
    if cond.area is not None:
        size = (cond.area.height, cond.area.width, cond.area.y, cond.area.x)
        data["area"] = ("percentage", *size) if cond.area.relative else size
    if cond.area_from_mask:
        data["set_area_to_bounds"] = True
    if cond.controls:
        data["control"] = cond.controls
        data["control_apply_to_uncond"] = any(use.on_uncond for use in cond.controls)
    if cond.hooks:
        data["hooks"] = cond.hooks
    if cond.fills:
        data["default"] = True
    return data


def _cond_from_dict(tokens: Any, data: Mapping[str, Any]) -> Cond:
    known = {*_PLAIN, "area", "set_area_to_bounds", "control", "control_apply_to_uncond", "default"}
    fields = {attribute: data[key] for key, attribute in _PLAIN.items() if key in data}
    area = data.get("area")
    if area is not None:
        relative = area[0] == "percentage"
        height, width, y, x = area[1:] if relative else area
        fields["area"] = Area(height, width, y, x, relative)
    controls, hooks = data.get("control"), data.get("hooks")
    if isinstance(hooks, tuple) and all(isinstance(hook, Hook) for hook in hooks):
        fields["hooks"], known = hooks, {*known, "hooks"}
    return Cond(
        tokens,
        **fields,
        area_from_mask=bool(data.get("set_area_to_bounds")),
        controls=controls if isinstance(controls, tuple) else (),
        fills=bool(data.get("default")),
        extra={k: v for k, v in data.items() if k not in known},
    )


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "LATENT": latent_from_field,
    "CONDITIONING": conditioning_from_field,
    "AUDIO": audio_from_field,
    "VIDEO": lambda video: getattr(video, "video", video),
}
