"""Weights into a network: names and shapes are checked first, all of them, then views of the file are attached."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from torch import nn

from diffusion.checkpoint.build import build_empty
from diffusion.errors import BadFile

if TYPE_CHECKING:
    from diffusion.checkpoint.detect import Part
    from diffusion.checkpoint.header import TensorInfo
    from diffusion.checkpoint.weights_file import WeightsFile

_Module = TypeVar("_Module", bound=nn.Module)

# Counters, training leftovers and tables that modules compute for themselves.
_LEFTOVERS = re.compile(r"(.*\.)?position_ids|loss\..*|model_ema\..*|logit_scale|logvar|betas|alphas_.*|v_pred|ztsnr")


def build_filled(
    make: Callable[[], _Module], part: Part, file: WeightsFile, rename: Callable[[str], str | None]
) -> _Module:
    """The network that ``make`` constructs with the part's weights, without copying them.

    rename: the module's name for a name of the part, or None for a name that the layout does not have.
    Raises BadFile, which lists what is missing, unknown or of a wrong shape.
    """
    module = build_empty(make)
    sources = source_names(part, rename)
    expected = {name: tuple(value.shape) for name, value in module.named_parameters()}
    found = {new: part.tensors[old] for new, old in sources.items()}
    if problems := _problems(expected, found, sources):
        where = f"{file.path.name} looks like {part.rule.words}, but"
        raise BadFile(f"{where} {'; '.join(problems)}. It is damaged or of a kind that is not known here.")
    weights = {name: file.read(part.prefix + sources[name]).view(shape) for name, shape in expected.items()}
    module.load_state_dict(weights, strict=False, assign=True)
    return module


def source_names(part: Part, rename: Callable[[str], str | None]) -> dict[str, str]:
    """The part's name for each name of the module; a name that the layout does not have stands for itself."""
    return {rename(name) or name: name for name in part.tensors if not _LEFTOVERS.fullmatch(name)}


def _problems(
    expected: Mapping[str, tuple[int, ...]], found: Mapping[str, TensorInfo], sources: Mapping[str, str]
) -> list[str]:
    shared = expected.keys() & found.keys()
    missing = sorted(expected.keys() - shared)
    unknown = sorted(sources[name] for name in found.keys() - shared)
    misshapen = [
        f"{sources[name]} is {list(found[name].shape)}, not {list(expected[name])}"
        for name in sorted(shared)
        if not _same_shape(found[name].shape, expected[name])
    ]
    quantised = [sources[name] for name in sorted(shared) if not found[name].dtype.is_floating_point]
    return [
        *_sentence(missing, "it lacks"),
        *_sentence(unknown, "it also has"),
        *_sentence(misshapen, "shapes do not fit:"),
        *_sentence(quantised, "these are whole numbers (quantised):"),
    ]


def _same_shape(found: tuple[int, ...], expected: tuple[int, ...]) -> bool:
    """A 1 x 1 convolution may stand for a linear layer."""
    return found == expected or found == (*expected, 1, 1)


def _sentence(names: list[str], beginning: str, shown: int = 3) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return [f"{beginning} {', '.join(names[:shown])}{more}"]
