"""Results as bytes: a safetensors file whose metadata says how the tensors in it make up the values."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from diffusion.values import Area, Cond, Latent
from graph.cache import Entry

_PLAIN: Final = (type(None), bool, int, float, str)
_RECORDS: Final = {record.__name__: record for record in (Latent, Area, Cond)}
_FORM: Final = "1"


class Unfreezable(Exception):
    """The value cannot be written down without loss: it holds a network, say, or a tensor on a GPU."""


def freeze(entry: Entry) -> bytes:
    """The entry's outputs and seconds. Raises Unfreezable."""
    tensors: list[Tensor] = []
    tree = _take_apart(entry.outputs, tensors)
    about = {"form": _FORM, "tree": json.dumps(tree), "seconds": repr(entry.seconds)}
    return save({str(index): tensor for index, tensor in enumerate(tensors)}, about)


def thaw(path: Path) -> Entry:
    """The entry in that file. Raises OSError or ValueError when there is none that can be read."""
    try:
        with safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # it is no mapping
        if about.get("form") != _FORM:
            raise ValueError(f"{path.name} is of another form.")
        return Entry(_put_together(json.loads(about["tree"]), tensors), seconds=float(about["seconds"]))
    except (SafetensorError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from error


def _take_apart(value: Any, tensors: list[Tensor]) -> Any:
    """The value as JSON, every tensor moved to ``tensors``."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is Tensor:
        return {"tensor": _keep(value, tensors)}
    if kind is tuple or kind is list:
        return {kind.__name__: [_take_apart(item, tensors) for item in value]}
    if kind is dict:
        return {"dict": [[_take_apart(name, tensors), _take_apart(item, tensors)] for name, item in value.items()]}
    if _RECORDS.get(kind.__name__) is kind:
        return {kind.__name__: [_take_apart(getattr(value, f.name), tensors) for f in fields(kind)]}
    raise Unfreezable(kind.__name__)


def _keep(tensor: Tensor, tensors: list[Tensor]) -> str:
    # What is laid out otherwise would come back laid out plainly, and a kernel might then round otherwise.
    if tensor.device.type != "cpu" or tensor.layout is not torch.strided or not tensor.is_contiguous():
        raise Unfreezable("tensor")
    tensors.append(tensor.detach().clone())  # safetensors refuses tensors that share memory
    return str(len(tensors) - 1)


def _put_together(tree: Any, tensors: dict[str, Tensor]) -> Any:
    if not isinstance(tree, dict):
        return tree
    (kind, parts), *others = tree.items()
    if others:
        raise ValueError("A value has two kinds.")
    if kind == "tensor":
        return tensors[parts]
    if kind == "dict":
        return {_put_together(name, tensors): _put_together(item, tensors) for name, item in parts}
    items = [_put_together(part, tensors) for part in parts]
    if kind == "list":
        return items
    return tuple(items) if kind == "tuple" else _RECORDS[kind](*items)
