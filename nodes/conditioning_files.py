"""Conditionings in files: encoded once, read again where no text encoder is at hand.

A safetensors file with the tensor ``conditioning``; other tensors are options of that name, those that end in ``.0``,
``.1`` ... lists of tensors; the text ``conditioning_options`` of its header holds the plain ones as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import torch
from safetensors.torch import save
from torch import Tensor

from diffusion.checkpoint.weights_file import open_weights
from diffusion.errors import BadFile
from diffusion.values import Conditioning
from files.folders import Folders
from files.save import Saver, fill_in
from graph.errors import UserError
from graph.node import Done, Slot, node
from graph.spec import Choice, Port, Text
from nodes.field_values import conditioning_from_field, conditioning_to_field
from nodes.ports import CONDITIONING
from nodes.workflow_tags import PngInfo, Prompt, workflow_tags

TENSOR: Final = "conditioning"
OPTIONS: Final = "conditioning_options"
_NUMBERS: Final = ("strength", "mask_strength", "start_percent", "end_percent")
Passed = Annotated[Conditioning, Port("CONDITIONING"), Slot(name="conditioning")]


@node("ConditioningLoader", display_name="Load Conditioning", category="loaders", needs_device=False,
      synonyms=("prompt", "embedding"))  # fmt: skip
def load_conditioning(
    *,
    conditioning_name: Annotated[str, Choice(folder="embeddings", modern=True), "A file of models/embeddings."],
    folders: Folders,
) -> CONDITIONING:
    """A prompt that was encoded before and saved; no text encoder is needed."""
    return read_conditioning(folders.find("embeddings", conditioning_name))


@node("SaveConditioning", display_name="Save Conditioning", category="conditioning", output=True, needs_device=False,
      not_idempotent=True)  # fmt: skip
def save_conditioning(
    *,
    conditioning: CONDITIONING,
    filename_prefix: Annotated[str, Text(), "Start of the file's name in the output folder."] = "conditioning/Easel",
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[Passed]:
    """Write an encoded prompt. Moved to models/embeddings, Load Conditioning finds it."""
    tensors, options = _take_apart(conditioning)
    metadata = {OPTIONS: json.dumps(options), **workflow_tags(saver, prompt, extra_pnginfo)}
    data = save(tensors, metadata)
    saved = saver.save(lambda file: file.write(data), fill_in(filename_prefix, 0, 0), ".safetensors", place="output")
    return Done((conditioning,), {"text": [f"Saved as {Path(saved['subfolder'], saved['filename']).as_posix()}."]})


def read_conditioning(path: Path) -> Conditioning:
    """The conditioning of a file. Raises BadFile when it holds none."""
    file = open_weights(path)
    if TENSOR not in file.tensors:
        names = ", ".join(sorted(file.tensors)[:3]) or "no tensor at all"
        raise BadFile(f"{path.name} holds no conditioning: it has no tensor of that name, but {names}.")
    # Copies: the file may be replaced while the values live on in the cache.
    tensors = {name: file.read(name).clone() for name in file.tensors if name != TENSOR}
    options = {**_read_options(path, file.metadata), **_group(tensors)}
    tokens = file.read(TENSOR).clone()
    if tokens.ndim != 3 or not tokens.is_floating_point():
        raise BadFile(f"{path.name}: its {TENSOR} is {tuple(tokens.shape)} of {tokens.dtype}, not (1, tokens, width).")
    try:
        found: Conditioning = conditioning_from_field([[tokens, options]])
    except (ValueError, TypeError, LookupError) as error:
        raise BadFile(f"{path.name}: its {OPTIONS} are none of a conditioning ({error}).") from error
    wrong = [name for name in _NUMBERS if not isinstance(getattr(found[0], name), int | float)]
    if wrong:
        raise BadFile(f"{path.name}: {wrong[0]} in its {OPTIONS} is no number.")
    return found


def _read_options(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    try:
        options = json.loads(metadata.get(OPTIONS, "{}"))
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{path.name}: its {OPTIONS} are no JSON.") from error
    if not isinstance(options, dict):
        raise BadFile(f"{path.name}: its {OPTIONS} are no JSON object.")
    return options


def _group(tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    """Tensors by name; ``name.0``, ``name.1`` ... as one list, in the order of their numbers."""
    grouped: dict[str, Any] = {}
    numbered: dict[str, dict[int, Tensor]] = {}
    for name, tensor in tensors.items():
        head, dot, number = name.rpartition(".")
        if dot and number.isdecimal():
            numbered.setdefault(head, {})[int(number)] = tensor
        else:
            grouped[name] = tensor
    return {**grouped, **{head: [parts[number] for number in sorted(parts)] for head, parts in numbered.items()}}


def _take_apart(conditioning: Conditioning) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """(tensors by name, plain options). Raises UserError for several prompts in one, and for what no file can hold."""
    if len(conditioning) != 1:
        raise UserError(
            f"The conditioning holds {len(conditioning)} prompts; a file holds one. Save it before it is combined."
        )
    [[tokens, options]] = conditioning_to_field(conditioning)
    tensors, plain = {TENSOR: tokens.contiguous()}, {}
    for name, value in options.items():
        match value:
            case None:
                continue
            case Tensor():
                tensors[name] = value.contiguous()
            case [_, *_] | (_, *_) if all(isinstance(part, Tensor) for part in value):
                tensors |= _numbered(name, value)
            case bool() | int() | float() | str():
                plain[name] = value
            case _:
                raise UserError(
                    f"{name} of the conditioning cannot be saved. Save it before it is given a place or a control."
                )
    return tensors, plain


def _numbered(name: str, parts: Iterable[Tensor]) -> dict[str, Tensor]:
    return {f"{name}.{index}": torch.as_tensor(part).contiguous() for index, part in enumerate(parts)}
