"""Hooks: LoRAs and models that belong to one prompt, with strengths that change during the sampling."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

from diffusion.adapters.hooks import FromLora, FromModel, Hook, Hooks, Source, with_keyframes
from diffusion.adapters.lora import read_lora
from diffusion.checkpoint.load import load_checkpoint
from diffusion.memory import Memory
from files.folders import Folders
from graph.node import node
from graph.spec import Float, Toggle
from nodes.conditioning import present_clip
from nodes.hook_ports import CATEGORY, HOOKS, KEYFRAMES
from nodes.loaders import CheckpointFile, LoraFile
from nodes.ports import CLIP

CREATE: Final = f"{CATEGORY}/create"
COMBINE: Final = f"{CATEGORY}/combine"
Strength = Annotated[float, Float(-20.0, 20.0, 0.01), "1 is what the file was made for, 0 is off."]


@node("CreateHookLora", display_name="Create Hook LoRA", category=CREATE, experimental=True)
def hook_lora(
    *,
    lora_name: LoraFile,
    strength_model: Strength = 1.0,
    strength_clip: Strength = 1.0,
    prev_hooks: HOOKS | None = None,
    folders: Folders,
) -> HOOKS:
    """A LoRA for some prompts only: link it to Cond Set Props, or to Set CLIP Hooks."""
    source = FromLora(read_lora(folders.find("loras", lora_name)))
    return _append(prev_hooks, source, strength_model, strength_clip)


@node("CreateHookLoraModelOnly", display_name="Create Hook LoRA (MO)", category=CREATE, experimental=True)
def hook_lora_model_only(
    *, lora_name: LoraFile, strength_model: Strength = 1.0, prev_hooks: HOOKS | None = None, folders: Folders
) -> HOOKS:
    """A LoRA for some prompts only; the text encoder is left alone."""
    source = FromLora(read_lora(folders.find("loras", lora_name)))
    return _append(prev_hooks, source, strength_model, 0.0)


@node("CreateHookModelAsLora", display_name="Create Hook Model as LoRA", category=CREATE, experimental=True)
def hook_model(
    *,
    ckpt_name: CheckpointFile,
    strength_model: Strength = 1.0,
    strength_clip: Strength = 1.0,
    prev_hooks: HOOKS | None = None,
    folders: Folders,
    memory: Memory,
) -> HOOKS:
    """Another model of the same kind for some prompts only: at 1 it paints in the first one's place."""
    return _append(prev_hooks, _other_model(ckpt_name, folders, memory), strength_model, strength_clip)


@node("CreateHookModelAsLoraModelOnly", display_name="Create Hook Model as LoRA (MO)", category=CREATE,
      experimental=True)  # fmt: skip
def hook_model_only(
    *,
    ckpt_name: CheckpointFile,
    strength_model: Strength = 1.0,
    prev_hooks: HOOKS | None = None,
    folders: Folders,
    memory: Memory,
) -> HOOKS:
    """Another model of the same kind for some prompts only; the text encoder is left alone."""
    return _append(prev_hooks, _other_model(ckpt_name, folders, memory), strength_model, 0.0)


@node("CombineHooks2", display_name="Combine Hooks [2]", category=COMBINE, experimental=True, needs_device=False)
def combine_two(*, hooks_A: HOOKS | None = None, hooks_B: HOOKS | None = None) -> HOOKS:
    """All of the hooks together."""
    return _join(hooks_A, hooks_B)


@node("CombineHooks4", display_name="Combine Hooks [4]", category=COMBINE, experimental=True, needs_device=False)
def combine_four(
    *,
    hooks_A: HOOKS | None = None,
    hooks_B: HOOKS | None = None,
    hooks_C: HOOKS | None = None,
    hooks_D: HOOKS | None = None,
) -> HOOKS:
    """All of the hooks together."""
    return _join(hooks_A, hooks_B, hooks_C, hooks_D)


@node("CombineHooks8", display_name="Combine Hooks [8]", category=COMBINE, experimental=True, needs_device=False)
def combine_eight(
    *,
    hooks_A: HOOKS | None = None,
    hooks_B: HOOKS | None = None,
    hooks_C: HOOKS | None = None,
    hooks_D: HOOKS | None = None,
    hooks_E: HOOKS | None = None,
    hooks_F: HOOKS | None = None,
    hooks_G: HOOKS | None = None,
    hooks_H: HOOKS | None = None,
) -> HOOKS:
    """All of the hooks together."""
    return _join(hooks_A, hooks_B, hooks_C, hooks_D, hooks_E, hooks_F, hooks_G, hooks_H)


@node("SetHookKeyframes", display_name="Set Hook Keyframes", category=f"{CATEGORY}/scheduling", experimental=True,
      needs_device=False)  # fmt: skip
def set_keyframes(*, hooks: HOOKS, hook_kf: KEYFRAMES | None = None) -> HOOKS:
    """Let the strength of the hooks follow keyframes through the sampling."""
    return hooks if hook_kf is None else with_keyframes(hooks, hook_kf)


@node("SetClipHooks", display_name="Set CLIP Hooks", category=f"{CATEGORY}/clip", experimental=True)
def set_clip_hooks(
    *,
    clip: CLIP,
    apply_to_conds: Annotated[bool, Toggle(), "The prompts carry the hooks on to the model."] = True,
    schedule_clip: Annotated[bool, Toggle(), "Encode a prompt anew for every keyframe."] = False,
    hooks: HOOKS | None = None,
) -> CLIP:
    """The text encoder with hooks: what it encodes is encoded under them."""
    if hooks is None:
        return clip
    return replace(present_clip(clip), hooks=hooks, hooks_follow=apply_to_conds, scheduled=schedule_clip)


def _other_model(name: str, folders: Folders, memory: Memory) -> Source:
    found = load_checkpoint(folders.find("checkpoints", name), memory)
    return FromModel(name, found.model.network, None if found.clip is None else found.clip.encoder)


def _append(before: Hooks | None, source: Source, strength_model: float, strength_clip: float) -> Hooks:
    return (*(before or ()), Hook(source, strength_model, strength_clip))


def _join(*groups: Hooks | None) -> Hooks:
    """Every hook once, in order."""
    return tuple(dict.fromkeys(hook for group in groups for hook in group or ()))
