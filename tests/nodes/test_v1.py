"""Classes of the field's first contract, as nodes."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from diffusion.values import Area, Cond, Latent
from graph.node import Done, Expand
from graph.run import Run, current_call
from graph.spec import Choice, Float, Input, Int, Output, Port, Text, Toggle
from nodes.errors import BadNodeClass
from nodes.field_values import conditioning_from_field, conditioning_to_field, latent_from_field, latent_to_field
from nodes.v1 import node_from_class, read_spec

RUN = Run("run", emit=lambda event: None)


class NoInputs:
    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {}


class Everything:
    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {
            "required": {
                "image": ("IMAGE",),
                "size": ("INT", {"default": 3, "min": 1, "max": 9, "display": "slider", "odd": 7}),
                "mode": (["a", "b"], {"default": "b"}),
                "modern": ("COMBO", {"options": ["x", "y"]}),
            },
            "optional": {
                "amount": ("FLOAT", {"step": 0.1, "lazy": True, "tooltip": "how much"}),
                "text": ("STRING", {"multiline": True, "forceInput": True}),
                "on": ("BOOLEAN", {"label_on": "yes"}),
            },
            "hidden": {"prompt": "PROMPT", "me": ("UNIQUE_ID", {})},
        }

    RETURN_TYPES = ("IMAGE", ["a", "b"])
    RETURN_NAMES = ("picture", "mode")
    OUTPUT_IS_LIST = (False, True)
    FUNCTION = "run"
    CATEGORY = "tests"
    OUTPUT_NODE = True

    def run(self, **kwargs: Any) -> tuple[Any, ...]:
        return kwargs["image"], [kwargs["mode"]]


def test_a_class_becomes_a_spec_and_unknown_options_are_kept() -> None:
    spec = read_spec("Everything", Everything, display_name="All of it")
    assert spec.inputs == (
        Input("image", Port("IMAGE")),
        Input("size", Int(1, 9, display="slider"), default=3, extra={"odd": 7}),
        Input("mode", Choice(("a", "b")), default="b"),
        Input("modern", Choice(("x", "y"), modern=True)),
        Input("amount", Float(step=0.1), required=False, lazy=True, tooltip="how much"),
        Input("text", Text(multiline=True), required=False, socket_only=True),
        Input("on", Toggle("yes"), required=False),
    )
    assert spec.outputs == (Output("picture", "IMAGE"), Output("mode", "COMBO", is_list=True, options=("a", "b")))
    assert (spec.hidden, spec.is_output, spec.takes_any_input) == (
        (("prompt", "PROMPT"), ("me", "UNIQUE_ID")),
        True,
        True,
    )


def test_an_instance_lives_as_long_as_its_node_so_that_classes_can_keep_state() -> None:
    class Counter(NoInputs):
        RETURN_TYPES = ("INT",)
        FUNCTION = "count"

        def __init__(self) -> None:
            self.calls = 0

        def count(self) -> tuple[int]:
            self.calls += 1
            return (self.calls,)

    node = node_from_class("Counter", Counter)
    answers = []
    for call in ("1", "1", "2"):
        token = current_call.set(call)
        answers.append(node.call({}, RUN))
        current_call.reset(token)
    assert answers == [Done((1,)), Done((2,)), Done((1,))]


@pytest.mark.parametrize(
    ("returned", "answer"),
    [
        ((5,), Done((5,))),
        ({"ui": {"text": ["x"]}, "result": (5,)}, Done((5,), {"text": ["x"]})),
        ({"ui": {"text": ["x"]}}, Done((), {"text": ["x"]})),
        ({"expand": {"1": {}}, "result": (["1", 0],)}, Expand({"1": {}}, (["1", 0],))),
        (None, Done(())),
    ],
)
def test_every_form_of_a_result_is_read(returned: Any, answer: Any) -> None:
    class Returns(NoInputs):
        RETURN_TYPES = ("INT",)
        FUNCTION = "run"

        def run(self) -> Any:
            return returned

    assert node_from_class("Returns", Returns).call({}, RUN) == answer


def test_a_class_without_a_part_of_the_contract_is_named_with_what_it_lacks() -> None:
    class Half(NoInputs):
        RETURN_TYPES = ("INT",)

    with pytest.raises(BadNodeClass, match="Half lacks FUNCTION"):
        node_from_class("Half", Half)


def test_a_latent_goes_to_a_dictionary_and_back_with_unknown_keys() -> None:
    latent = Latent(torch.ones(1, 4, 2, 2), torch.zeros(1, 2, 2), (3,), {"type": "audio"})
    field = latent_to_field(latent)
    assert sorted(field) == ["batch_index", "noise_mask", "samples", "type"]
    assert latent_from_field(field) == latent


def test_a_conditioning_goes_to_lists_and_back_with_unknown_keys() -> None:
    tokens = torch.ones(1, 77, 8)
    conditioning = (
        Cond(tokens, torch.ones(1, 8), Area(8, 8, 0, 4), strength=0.5, start_percent=0.2, extra={"guidance": 3.5}),
        Cond(tokens, area=Area(0.5, 0.5, 0, 0, relative=True), mask=torch.ones(1, 4, 4), area_from_mask=True),
    )
    field = conditioning_to_field(conditioning)
    assert field[0][1]["guidance"] == 3.5
    assert field[0][1]["area"] == (8, 8, 0, 4)
    assert field[1][1]["area"] == ("percentage", 0.5, 0.5, 0, 0)
    assert conditioning_from_field(field) == conditioning
