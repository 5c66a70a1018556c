"""Hooks: in force for their prompt, at their time, and never after."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from diffusion.adapters.hooks import FromLora, FromModel, Hook, Keyframe, with_keyframes
from diffusion.adapters.lora import Lora, apply, read_lora
from diffusion.adapters.merge import merge
from diffusion.checkpoint.load import Checkpoint, load_checkpoint
from diffusion.errors import DiffusionError
from diffusion.memory import Memory, Patched, Precision
from diffusion.model import Evaluation, Model, evaluate
from diffusion.sampling.guidance import Guidance, predict
from diffusion.sampling.ksampler import sample
from diffusion.sampling.regions import resolve
from diffusion.text.encode import encode
from diffusion.values import Area, Cond, Conditioning, Latent
from tests.diffusion.tiny import write_sd1_checkpoint

TO_Q = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
TEXT_Q = "lora_te_text_model_encoder_layers_0_self_attn_q_proj"
EARLY, LATE = torch.tensor(9.0), torch.tensor(0.3)  # before and after half of the sampling (1.6)


@pytest.fixture(scope="module")
def memory() -> Memory:
    return Memory(torch.device("cpu"), Precision())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def checkpoint(folder: Path, memory: Memory) -> Checkpoint:
    return load_checkpoint(write_sd1_checkpoint(folder / "tiny.safetensors"), memory)


@pytest.fixture(scope="module")
def lora(folder: Path) -> Lora:
    tensors = {
        f"{module}.{part}.weight": noise(*shape, seed=place + len(module))
        for module in (TO_Q, TEXT_Q)
        for place, (part, shape) in enumerate({"lora_up": (32, 2), "lora_down": (2, 32)}.items())
    }
    save_file(tensors, folder / "lora.safetensors")
    return read_lora(folder / "lora.safetensors")


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


X = noise(1, 4, 8, 8, seed=9) * 3
WORDS, OTHER = noise(1, 77, 32, seed=1), noise(1, 77, 32, seed=2)


def answer(model: Model, memory: Memory, conditioning: Conditioning, sigma: Tensor = LATE) -> Tensor:
    """x0 of one side's prompts."""
    regions = resolve(conditioning, model.family.sigmas, 8, 8, model.network)
    return predict(model, [regions], X, sigma, memory)[0]


def with_lora(model: Model, lora: Lora, strength: float) -> Model:
    return apply(model, None, lora, strength, 0.0)[0]


def close(a: Tensor, b: Tensor) -> None:
    torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-5)


def test_a_hook_changes_the_answer_to_its_prompt_as_the_lora_on_the_model_would(
    checkpoint: Checkpoint, lora: Lora, memory: Memory
) -> None:
    model, hooked = checkpoint.model, Cond(WORDS, hooks=(Hook(FromLora(lora), 0.7),))
    close(answer(model, memory, (hooked,)), answer(with_lora(model, lora, 0.7), memory, (Cond(WORDS),)))
    assert (answer(model, memory, (hooked,)) - answer(model, memory, (Cond(WORDS),))).abs().max() > 1e-3


def test_other_prompts_are_asked_without_it_in_the_same_step(
    checkpoint: Checkpoint, lora: Lora, memory: Memory
) -> None:
    model = checkpoint.model
    ours, theirs = (
        resolve(side, model.family.sigmas, 8, 8, model.network)
        for side in ((Cond(WORDS, hooks=(Hook(FromLora(lora)),)),), (Cond(OTHER),))
    )
    cond, uncond = answer(with_lora(model, lora, 1.0), memory, (Cond(WORDS),)), answer(model, memory, (Cond(OTHER),))
    close(Guidance(model, ours, theirs, 4.0, memory)(X, LATE), uncond + 4 * (cond - uncond))


def test_hooks_add_up_on_what_the_model_carries(checkpoint: Checkpoint, lora: Lora, memory: Memory) -> None:
    hooks = (Hook(FromLora(lora), 0.25), Hook(FromLora(lora), 0.5))
    carrying = with_lora(checkpoint.model, lora, 0.25)
    close(
        answer(carrying, memory, (Cond(WORDS, hooks=hooks),)),
        answer(with_lora(checkpoint.model, lora, 1.0), memory, (Cond(WORDS),)),
    )


def test_keyframes_set_the_strength_from_their_start_on_and_the_first_before_it(
    checkpoint: Checkpoint, lora: Lora, memory: Memory
) -> None:
    hooks = with_keyframes((Hook(FromLora(lora), 0.8),), [Keyframe(0.5, 0.5), Keyframe(0.0, 0.1)])
    model, hooked = checkpoint.model, (Cond(WORDS, hooks=hooks),)
    assert torch.equal(answer(model, memory, hooked, EARLY), answer(model, memory, (Cond(WORDS),), EARLY))
    first = torch.tensor(14.6)  # before the first keyframe's start
    assert torch.equal(answer(model, memory, hooked, first), answer(model, memory, (Cond(WORDS),), first))
    close(answer(model, memory, hooked, LATE), answer(with_lora(model, lora, 0.4), memory, (Cond(WORDS),), LATE))


def test_a_whole_sampling_under_a_hook_is_that_of_the_lora_and_leaves_the_weights_bit_equal(
    checkpoint: Checkpoint, lora: Lora, memory: Memory
) -> None:
    def paint(model: Model, hooks: tuple[Hook, ...] = ()) -> Tensor:
        return sample(
            model, seed=4, steps=3, cfg=5.0, sampler_name="euler", scheduler="normal", memory=memory,
            positive=(Cond(WORDS, hooks=hooks),), negative=(Cond(OTHER, hooks=hooks),),
            latent=Latent(torch.zeros(1, 4, 8, 8)),
        ).samples  # fmt: skip

    def weights() -> dict[str, Tensor]:
        with memory.use(checkpoint.model.network) as (module,):
            return {name: value.detach().clone() for name, value in module.named_parameters()}

    before, plain = weights(), paint(checkpoint.model)
    close(paint(checkpoint.model, (Hook(FromLora(lora)),)), paint(with_lora(checkpoint.model, lora, 1.0)))
    assert torch.equal(paint(checkpoint.model), plain)
    after = weights()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_another_model_at_full_strength_answers_in_the_first_one_s_place(
    checkpoint: Checkpoint, folder: Path, memory: Memory
) -> None:
    other = load_checkpoint(write_sd1_checkpoint(folder / "other.safetensors", seed=5), memory)
    hook = Hook(FromModel("other", other.model.network, None))
    close(answer(checkpoint.model, memory, (Cond(WORDS, hooks=(hook,)),)), answer(other.model, memory, (Cond(WORDS),)))


def test_another_model_adds_up_with_what_lies_over_the_first_one_s_weights(
    checkpoint: Checkpoint, lora: Lora, folder: Path, memory: Memory
) -> None:
    other, third = (
        load_checkpoint(write_sd1_checkpoint(folder / f"{seed}.safetensors", seed=seed), memory).model
        for seed in (5, 6)
    )
    whole = Cond(WORDS, hooks=(Hook(FromModel("other", other.network, None)),))
    carrying, expected = with_lora(checkpoint.model, lora, 0.8), with_lora(other, lora, 0.8)
    close(answer(carrying, memory, (whole,)), answer(expected, memory, (Cond(WORDS),)))
    halves = (Hook(FromModel("other", other.network, None), 0.5), Hook(FromModel("third", third.network, None), 0.5))
    merged = merge(other.network, Patched(third.network), {"": 0.5})
    close(
        answer(checkpoint.model, memory, (Cond(WORDS, hooks=halves),)),
        answer(replace(other, adapters=merged), memory, (Cond(WORDS),)),
    )


def test_a_hook_for_another_kind_of_model_is_refused_when_sampling_begins(
    checkpoint: Checkpoint, lora: Lora, memory: Memory
) -> None:
    alien = Lora(lora.path, 1, {"somewhere.else": next(iter(lora.changes.values()))})
    with pytest.raises(DiffusionError, match="does not fit this model"):
        answer(checkpoint.model, memory, (Cond(WORDS, hooks=(Hook(FromLora(alien)),)),))
    off = (Cond(WORDS, hooks=(Hook(FromLora(alien), 0.0),)),)
    assert torch.equal(answer(checkpoint.model, memory, off), answer(checkpoint.model, memory, (Cond(WORDS),)))


# Text encoders


def test_a_text_encoder_with_hooks_encodes_as_with_the_lora_and_hands_them_on(
    checkpoint: Checkpoint, lora: Lora, memory: Memory
) -> None:
    assert checkpoint.clip is not None
    hooks = (Hook(FromLora(lora), 1.0, 0.6),)
    [hooked] = encode(replace(checkpoint.clip, hooks=hooks, hooks_follow=True), "a fox", memory)
    _, clip = apply(checkpoint.model, checkpoint.clip, lora, 0.0, 0.6)
    [expected] = encode(clip, "a fox", memory)
    assert torch.equal(hooked.tokens, expected.tokens)
    assert not torch.equal(hooked.tokens, encode(checkpoint.clip, "a fox", memory)[0].tokens)
    assert (hooked.hooks, expected.hooks) == (hooks, ())


def test_a_scheduled_prompt_is_encoded_for_each_keyframe_and_speaks_in_its_time(
    checkpoint: Checkpoint, lora: Lora, memory: Memory
) -> None:
    assert checkpoint.clip is not None
    hooks = with_keyframes((Hook(FromLora(lora)),), [Keyframe(0.0, 0.0), Keyframe(1.0, 0.4)])
    clip = replace(checkpoint.clip, hooks=hooks)
    [once] = encode(clip, "a fox", memory)
    early, late = encode(replace(clip, scheduled=True), "a fox", memory)
    plain, changed = (encode(apply(checkpoint.model, checkpoint.clip, lora, 0.0, strength)[1], "a fox", memory)[0]
                      for strength in (0.0, 1.0))  # fmt: skip
    assert [(c.start_percent, c.end_percent, c.hooks) for c in (early, late)] == [(0.0, 0.4, ()), (0.4, 1.0, ())]
    assert torch.equal(early.tokens, plain.tokens)
    assert torch.equal(late.tokens, changed.tokens)
    assert torch.equal(once.tokens, changed.tokens)  # keyframes have no part in what is encoded once


# Prompts that fill


def test_a_filling_prompt_speaks_by_as_much_as_the_others_leave(checkpoint: Checkpoint, memory: Memory) -> None:
    model = checkpoint.model
    mask = torch.zeros(1, 8, 8)
    mask[..., :3], mask[..., 3:5] = 1.0, 0.3
    ours, fill = Cond(WORDS, mask=mask), Cond(OTHER, fills=True)
    whole, other = (evaluate(model, [Evaluation(X, LATE[None], words)], memory)[0] for words in (WORDS, OTHER))
    close(answer(model, memory, (ours, fill)), mask * whole + (1 - mask) * other)
    close(answer(model, memory, (ours, Cond(WORDS, mask=1 - mask), fill)), whole)  # nothing is left


def test_a_filling_prompt_is_silent_beside_one_for_the_whole_picture_and_speaks_when_that_is_over(
    checkpoint: Checkpoint, memory: Memory
) -> None:
    model = checkpoint.model
    ours, fill = Cond(WORDS, end_percent=0.5), Cond(OTHER, fills=True)
    close(answer(model, memory, (ours, fill), EARLY), answer(model, memory, (Cond(WORDS),), EARLY))
    close(answer(model, memory, (ours, fill), LATE), answer(model, memory, (Cond(OTHER),), LATE))


def test_the_opposite_prompt_of_an_area_is_asked_with_its_own_hooks(
    checkpoint: Checkpoint, lora: Lora, memory: Memory
) -> None:
    from diffusion.sampling.regions import match_areas

    model = checkpoint.model
    ours = resolve((Cond(WORDS, area=Area(4, 4, 0, 0)),), model.family.sigmas, 8, 8, model.network)
    theirs = resolve((Cond(OTHER, hooks=(Hook(FromLora(lora)),)),), model.family.sigmas, 8, 8, model.network)
    assert [len(region.hooks) for region in match_areas(theirs, ours)] == [1, 1]
    assert [len(region.hooks) for region in match_areas(ours, theirs)] == [0]
