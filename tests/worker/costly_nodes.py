"""Nodes with tensors, for workers in tests: one that takes its time, one that shows what came of it."""

from __future__ import annotations

import time
from typing import Annotated

import torch
from torch import Tensor

from graph.node import Done, node
from graph.spec import Float, Port

IMAGE = Annotated[Tensor, Port("IMAGE")]


@node("Dream", category="test")
def dream(*, a: Annotated[float, Float(0, 1)] = 0.0, seconds: Annotated[float, Float(0, 10)] = 0.3) -> IMAGE:
    """Makes a picture, slowly."""
    time.sleep(seconds)
    return torch.full((1, 8, 8, 3), a)


@node("Look", category="test", output=True)
def look(*, image: IMAGE) -> Done[None]:
    """Shows the mean of a picture."""
    return Done((), {"text": [f"{image.mean().item():.2f}"]})
