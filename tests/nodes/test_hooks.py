"""Hook nodes: what they build, and that a graph of them changes the picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from diffusion.adapters.hooks import FromLora, Hook, Keyframe
from diffusion.adapters.lora import Lora
from diffusion.memory import Memory, Precision
from diffusion.values import Cond
from files.folders import Folders
from graph.errors import UserError
from nodes import (
    conditioning,
    conditioning_properties,
    hook_keyframes,
    hooks,
    latent,
    latent_files,
    loaders,
    sampling,
)
from nodes.conditioning_properties import set_default, set_pair, set_properties, set_properties_and_combine
from nodes.field_values import conditioning_from_field, conditioning_to_field
from nodes.hook_keyframes import interpolated_keyframes, keyframe, keyframes_of_numbers, timesteps_range
from nodes.hooks import combine_four, combine_two, set_keyframes
from tests.diffusion.tiny import write_sd1_checkpoint
from tests.nodes.bench import Bench

A, B = (Hook(FromLora(Lora(Path(name), 0, {}))) for name in "ab")
COND = (Cond(torch.zeros(1, 1, 2), hooks=(A,)), Cond(torch.ones(1, 1, 2)))


def test_keyframes_are_chained_and_spread_evenly() -> None:
    first = keyframe(strength_mult=0.5)
    assert keyframe(strength_mult=2.0, start_percent=0.25, prev_hook_kf=first) == (
        Keyframe(0.5, 0.0),
        Keyframe(2.0, 0.25),
    )
    made = keyframes_of_numbers(floats_strength=[1.0, 0.5, 0.0], start_percent=0.2, end_percent=0.6, prev_hook_kf=first)
    assert [(k.strength, round(k.start_percent, 6)) for k in made] == [(0.5, 0.0), (1.0, 0.2), (0.5, 0.4), (0.0, 0.6)]
    assert keyframes_of_numbers(floats_strength=0.3) == (Keyframe(0.3, 0.0),)


@pytest.mark.parametrize(
    ("interpolation", "strengths"),
    [
        ("linear", [0, 0.5, 1, 1.5, 2]),
        ("ease_in", [0, 0.125, 0.5, 1.125, 2]),
        ("ease_out", [0, 0.875, 1.5, 1.875, 2]),
        ("ease_in_out", [0, 1 - 2**-0.5, 1, 1 + 2**-0.5, 2]),
    ],
)
def test_keyframes_ease_from_one_strength_to_another(interpolation: str, strengths: list[float]) -> None:
    made = interpolated_keyframes(strength_start=0.0, strength_end=2.0, interpolation=interpolation)
    assert [one.strength for one in made] == pytest.approx(strengths)
    assert [one.start_percent for one in made] == [0, 0.25, 0.5, 0.75, 1]


@pytest.mark.parametrize("numbers", [[], ["x"], None, [float("nan")], [10**400]])
def test_what_is_no_number_makes_no_keyframe(numbers: Any) -> None:
    with pytest.raises(UserError):
        keyframes_of_numbers(floats_strength=numbers)


def test_a_range_comes_with_what_is_before_and_after_it() -> None:
    assert timesteps_range(start_percent=0.2, end_percent=0.7) == ((0.2, 0.7), (0.0, 0.2), (0.7, 1.0))


def test_hooks_are_combined_once_each_and_take_keyframes_in_order() -> None:
    assert combine_two(hooks_A=(A, B), hooks_B=(B,)) == (A, B)
    assert combine_four(hooks_C=(B,), hooks_B=(A,)) == (A, B)
    [timed] = set_keyframes(hooks=(A,), hook_kf=(Keyframe(0.0, 0.9), Keyframe(1.0, 0.1)))
    assert timed.keyframes == (Keyframe(1.0, 0.1), Keyframe(0.0, 0.9))
    assert set_keyframes(hooks=(A,)) == (A,)


def test_properties_are_set_on_every_prompt_and_hooks_are_added() -> None:
    mask = torch.ones(4, 4)
    changed = set_properties(
        cond_NEW=COND, strength=0.5, set_cond_area="mask bounds", mask=mask, hooks=(A, B), timesteps=(0.1, 0.4)
    )
    assert [(c.mask_strength, c.strength, c.area_from_mask, c.start_percent, c.end_percent) for c in changed] == [
        (0.5, 1.0, True, 0.1, 0.4)
    ] * 2
    assert [c.hooks for c in changed] == [(A, B), (A, B)]
    assert all(c.mask is not None and c.mask.shape == (1, 4, 4) for c in changed)


def test_without_a_mask_strength_multiplies_the_prompt_s_own_and_the_rest_stays() -> None:
    weak = (replace(COND[0], strength=0.4), COND[1])
    halved = set_properties(cond_NEW=weak, strength=0.5, set_cond_area="default")
    assert halved == (replace(weak[0], strength=0.2), replace(weak[1], strength=0.5))
    hooked = set_properties(cond_NEW=weak, hooks=(B,), set_cond_area="default")
    assert [(c.strength, c.mask, c.hooks, c.end_percent) for c in hooked] == [
        (0.4, None, (A, B), 1.0),
        (1.0, None, (B,), 1.0),
    ]


def test_combining_puts_the_new_prompts_behind_the_others() -> None:
    mask = torch.ones(1, 4, 4)
    joined = set_properties_and_combine(cond=COND, cond_NEW=COND[:1], strength=2.0, set_cond_area="default", mask=mask)
    assert [c.mask_strength for c in joined] == [1.0, 1.0, 2.0]
    filled = set_default(cond=COND[:1], cond_DEFAULT=COND[1:], hooks=(B,))
    assert [(c.fills, c.hooks) for c in filled] == [(False, (A,)), (True, (B,))]
    pair = set_pair(positive_NEW=COND, negative_NEW=COND[:1], hooks=(B,), set_cond_area="default")
    assert [[c.hooks for c in side] for side in pair] == [[(A, B), (B,)], [(A, B)]]


def test_hooks_and_filling_survive_a_node_class_of_the_field() -> None:
    there = set_default(cond=COND[:1], cond_DEFAULT=COND[1:])
    back = conditioning_from_field(conditioning_to_field(there))
    assert [(c.hooks, c.fills) for c in back] == [((A,), False), ((), True)]
    [foreign] = conditioning_from_field([[torch.zeros(1, 1, 2), {"hooks": "a pack's own"}]])
    assert (foreign.hooks, foreign.extra) == ((), {"hooks": "a pack's own"})


def test_a_prompt_that_speaks_all_the_time_says_nothing_of_it_to_node_classes() -> None:
    whole = Cond(torch.zeros(1, 1, 2), strength=float("1.0"), start_percent=float("0.0"), end_percent=float("1.0"))
    [[_, options]] = conditioning_to_field((whole,))
    assert options == {"pooled_output": None}


def test_a_graph_with_hooks_paints_what_a_graph_with_the_lora_paints(tmp_path: Path) -> None:
    for kind in ("checkpoints", "loras"):
        (tmp_path / "models" / kind).mkdir(parents=True)
    write_sd1_checkpoint(tmp_path / "models/checkpoints/tiny.safetensors")
    generator = torch.Generator().manual_seed(0)
    tensors = {
        f"{module}.{part}.weight": torch.randn(shape, generator=generator)
        for module in ("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q",
                       "lora_te_text_model_encoder_layers_0_self_attn_q_proj")
        for part, shape in {"lora_up": (32, 2), "lora_down": (2, 32)}.items()
    }  # fmt: skip
    save_file(tensors, tmp_path / "models/loras/style.safetensors")
    painted = {name: _paint(tmp_path, calls) for name, calls in _GRAPHS.items()}
    torch.testing.assert_close(painted["hooks"], painted["lora"], rtol=1e-4, atol=1e-4)
    assert (painted["hooks"] - painted["plain"]).abs().max() > 1e-2


_CHECKPOINT = {"ckpt": ("CheckpointLoaderSimple", {"ckpt_name": "tiny.safetensors"})}
_GRAPHS: dict[str, dict[str, Any]] = {
    "plain": {"model": ["ckpt", 0], "clip": ["ckpt", 1], "calls": {}},
    "lora": {
        "model": ["lora", 0],
        "clip": ["lora", 1],
        "calls": {"lora": ("LoraLoader", {"model": ["ckpt", 0], "clip": ["ckpt", 1], "lora_name": "style.safetensors",
                                          "strength_model": 0.8, "strength_clip": 0.6})},
    },
    "hooks": {
        "model": ["ckpt", 0],
        "clip": ["hooked", 0],
        "calls": {
            "hook": ("CreateHookLora", {"lora_name": "style.safetensors", "strength_model": 1.6, "strength_clip": 0.6}),
            "half": ("CreateHookKeyframe", {"strength_mult": 0.5, "start_percent": 0.0}),
            "timed": ("SetHookKeyframes", {"hooks": ["hook", 0], "hook_kf": ["half", 0]}),
            "hooked": ("SetClipHooks", {"clip": ["ckpt", 1], "apply_to_conds": True, "schedule_clip": False,
                                        "hooks": ["timed", 0]}),
        },
    },
}  # fmt: skip


def _paint(base: Path, graph: dict[str, Any]) -> torch.Tensor:
    """The latent that a graph with that model and text encoder saves."""
    from files.save import Saver

    folders = Folders(base)
    services = {Folders: folders, Memory: Memory(torch.device("cpu"), Precision()), Saver: Saver(folders)}
    bench = Bench(conditioning, conditioning_properties, hook_keyframes, hooks, latent, latent_files, loaders, sampling,
                  services=services)  # fmt: skip
    result = bench.run(
        **_CHECKPOINT,
        **graph["calls"],
        words=("CLIPTextEncode", {"text": "a fox", "clip": graph["clip"]}),
        empty=("EmptyLatentImage", {"width": 64, "height": 64, "batch_size": 1}),
        painted=("KSampler", {"model": graph["model"], "seed": 1, "steps": 2, "cfg": 3.0, "sampler_name": "euler",
                              "scheduler": "normal", "positive": ["words", 0], "negative": ["words", 0],
                              "latent_image": ["empty", 0], "denoise": 1.0}),
        saved=("SaveLatent", {"samples": ["painted", 0], "filename_prefix": "x"}),
    )  # fmt: skip
    assert result.failure == ""
    from safetensors.torch import load_file

    name = result.shown["saved"]["latents"][0]["filename"]
    return load_file(folders.output / name)["latent_tensor"]
