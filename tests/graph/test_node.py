"""A typed function becomes a node type."""

from __future__ import annotations

import sys
from typing import Annotated, Any, NamedTuple

import pytest

from graph.errors import UserError
from graph.node import Done, Expand, Needs, Slot, node, node_of, nodes_of
from graph.run import Run
from graph.spec import SEED_MAX, Choice, Float, Input, Int, Output, Port, Text

MODEL = Annotated[str, Port("MODEL")]
LATENT = Annotated[str, Port("LATENT"), "An image in the making."]


class Memory:
    """Something a node asks its run for."""


class Loaded(NamedTuple):
    model: MODEL
    extra: LATENT


@node("KSampler", category="sampling", display_name="Sampler", synonyms=("paint",))
def ksampler(
    *,
    model: Annotated[str, Port("MODEL"), "What paints."],
    seed: Annotated[int, Int(0, SEED_MAX, reroll=True)] = 0,
    cfg: Annotated[float, Float(0.0, 100.0)] = 8.0,
    mask: Annotated[str, Port("MASK")] | None = None,
    note: Annotated[str, Text(), Slot(optional=True, name="a note")] = "",
    me: Annotated[str, Slot(hidden="UNIQUE_ID")] = "",
    run: Run,
    memory: Memory,
) -> LATENT:
    """Remove noise."""
    return f"{model} {seed} {cfg} {mask} {note} {me} {run.id} {type(memory).__name__}"


@node("Load", category="loaders")
def load(*, name: Annotated[str, Choice(folder="checkpoints")]) -> Loaded:
    """Load."""
    return Loaded(name, "x")


RUN = Run("r", emit=lambda event: None, services={Memory: Memory()})


def spec_of(function: Any) -> Any:
    return node_of(function).spec


def test_the_signature_says_what_the_spec_holds() -> None:
    spec = spec_of(ksampler)
    assert spec.inputs == (
        Input("model", Port("MODEL"), tooltip="What paints."),
        Input("seed", Int(0, SEED_MAX, reroll=True), default=0),
        Input("cfg", Float(0.0, 100.0), default=8.0),
        Input("mask", Port("MASK"), required=False),
        Input("a note", Text(), required=False, default=""),
    )
    assert (spec.outputs, spec.hidden, spec.description, spec.display_name) == (
        (Output("LATENT", "LATENT", tooltip="An image in the making."),),
        (("me", "UNIQUE_ID"),),
        "Remove noise.",
        "Sampler",
    )


def test_fields_of_a_named_tuple_are_outputs() -> None:
    assert spec_of(load).outputs == (
        Output("MODEL", "MODEL"),
        Output("extra", "LATENT", tooltip="An image in the making."),
    )


def test_a_call_is_given_inputs_by_name_and_services_by_class() -> None:
    inputs = {"model": "m", "seed": 3, "a note": "n", "me": "7", "unknown": 1}
    assert node_of(ksampler).call(inputs, RUN) == Done(("m 3 8.0 None n 7 r Memory",))


def test_the_function_stays_as_it_was() -> None:
    assert load(name="a") == Loaded("a", "x")


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        (1, Done((1,))),
        ((1, 2), Done(((1, 2),))),
        (Loaded("a", "b"), Done(("a", "b"))),
        (None, Done(())),
        (Done(5, {"text": ["x"]}), Done((5,), {"text": ["x"]})),
        (Done((5, 6)), Done((5, 6))),
        (Needs(("a",)), Needs(("a",))),
        (Expand({}, (1,)), Expand({}, (1,))),
    ],
)
def test_what_a_function_returns_becomes_an_answer(value: Any, answer: Any) -> None:
    @node("Gives", category="t")
    def gives() -> Annotated[Any, Port("*")]:
        """Gives it."""
        return value

    assert node_of(gives).call({}, RUN) == answer


@pytest.mark.parametrize(
    "hint",
    [
        Done[MODEL],
        Expand[MODEL],
        MODEL,
        Done[MODEL] | Needs,
        MODEL | Needs,
        Done[MODEL] | Expand[MODEL],
        Expand[MODEL] | Done[MODEL],
    ],
)
def test_outputs_are_found_behind_every_form_of_answer(hint: Any) -> None:
    def function() -> Any:
        """Nothing."""

    function.__annotations__["return"] = hint
    assert spec_of(node("X", category="t")(function)).outputs == (Output("MODEL", "MODEL"),)


def test_a_parameter_that_says_nothing_of_its_kind_fails_at_once() -> None:
    with pytest.raises(TypeError, match=r"wrong: parameter x has no kind \(Annotated\[type, Int\(...\)\]\)"):

        @node("Wrong", category="t")
        def wrong(*, x: Annotated[list[int], "a tip"]) -> None:
            """Wrong."""


def test_a_module_gives_its_own_nodes_in_order() -> None:
    assert [n.spec.name for n in nodes_of(sys.modules[__name__])] == ["KSampler", "Load", "Half", "Refuse"]


@node("Half", category="numbers")
def half(*, model: MODEL, steps: Annotated[int, Int()] = 2, mask: Annotated[str, Port("MASK")] | None = None) -> LATENT:
    """Cut a name."""
    return model[: len(model) // steps] + (mask or "")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"model": 3}, "model got a value of type int where MODEL is wanted"),
        ({"model": None}, "model got nothing where MODEL is wanted"),
        ({"model": "x", "steps": "y"}, "steps got a value of type str where INT is wanted"),
        ({"model": "x", "mask": b"m"}, "mask got a value of type bytes where MASK is wanted"),
    ],
)
def test_a_value_of_another_kind_that_came_through_a_link_is_named(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        node_of(half).call(values, RUN)


class Refusal(Exception):
    for_user = True


@node("Refuse", category="numbers")
def refuse(*, model: MODEL) -> LATENT:
    """Say no."""
    raise Refusal(f"{model} will not do.")


def test_a_sentence_that_a_node_has_for_the_user_stays() -> None:
    with pytest.raises(Refusal, match="3 will not do"):
        node_of(refuse).call({"model": 3}, RUN)


def test_what_fails_with_the_right_values_fails_as_it_does() -> None:
    with pytest.raises(ZeroDivisionError):
        node_of(half).call({"model": "x", "steps": False, "mask": None}, RUN)
