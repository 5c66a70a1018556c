"""Networks without weights: parameters take no memory and no time, everything else is real."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import nn

_Module = TypeVar("_Module", bound=nn.Module)
_lock = threading.Lock()


def build_empty(make: Callable[[], _Module]) -> _Module:
    """The module that ``make`` constructs, its parameters on the meta device, its buffers computed as usual.

    ``torch.device("meta")`` would not do: it also takes tables that modules compute for themselves (rope frequencies).
    """
    with _empty_params():
        return make()


@contextmanager
def _empty_params() -> Iterator[None]:
    """Inside: parameters go to meta as they are registered, and initialisation does nothing.

    It replaces functions of torch for everybody, hence the lock; other threads must not build modules meanwhile.
    """
    register = nn.Module.register_parameter
    initialisers = {name: value for name, value in vars(nn.init).items() if name.endswith("_") and callable(value)}

    def register_on_meta(module: nn.Module, name: str, param: nn.Parameter | None) -> None:
        if param is not None and param.device.type != "meta":
            param = nn.Parameter(param.to("meta"), requires_grad=False)
        register(module, name, param)

    def leave(tensor: torch.Tensor, *_args: object, **_options: object) -> torch.Tensor:
        return tensor

    with _lock:
        try:
            nn.Module.register_parameter = register_on_meta  # type: ignore[method-assign, assignment]  # undone below
            for name in initialisers:
                if not name.startswith("_"):
                    setattr(nn.init, name, leave)
            yield
        finally:
            nn.Module.register_parameter = register  # type: ignore[method-assign]  # as it was
            for name, function in initialisers.items():
                setattr(nn.init, name, function)
