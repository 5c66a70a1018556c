"""An example pack: a node as a typed function and one as a class of the field's older form. Copy it and start here."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from graph.node import node
from graph.spec import Float
from nodes.ports import IMAGE


@node("ExampleTint", display_name="Tint (example)", category="examples")
def tint(
    *,
    image: IMAGE,
    red: Annotated[float, Float(0.0, 2.0, 0.05), "Times the red channel."] = 1.0,
    green: Annotated[float, Float(0.0, 2.0, 0.05), "Times the green channel."] = 1.0,
    blue: Annotated[float, Float(0.0, 2.0, 0.05), "Times the blue channel."] = 1.0,
) -> IMAGE:
    """Make a picture redder, greener or bluer."""
    return (image * torch.tensor([red, green, blue])).clamp(0, 1)


class ExampleMix:
    """The same kind of thing in the older form."""

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {
            "required": {
                "image_1": ("IMAGE",),
                "image_2": ("IMAGE",),
                "amount": ("FLOAT", {"default": 0.5, "min": 0.0, "max": 1.0, "step": 0.01}),
            }
        }

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "mix"
    CATEGORY = "examples"
    DESCRIPTION = "Blend two pictures of one size."

    def mix(self, image_1: torch.Tensor, image_2: torch.Tensor, amount: float) -> tuple[torch.Tensor]:
        return (torch.lerp(image_1, image_2, amount),)


NODE_CLASS_MAPPINGS = {"ExampleMix": ExampleMix}
NODE_DISPLAY_NAME_MAPPINGS = {"ExampleMix": "Mix (example)"}
