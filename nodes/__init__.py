"""The built-in node types: thin functions that name inputs and call down once."""

from __future__ import annotations

import importlib

from graph.node import Node, nodes_of

SUBJECTS = (
    "loaders",
    "conditioning",
    "conditioning_changes",
    "conditioning_files",
    "conditioning_properties",
    "hooks",
    "hook_keyframes",
    "controlnet",
    "clip_vision",
    "latent",
    "sampling",
    "model_settings",
    "model_merging",
    "model_saving",
    "custom_sampling",
    "noise_levels",
    "samplers",
    "vae",
    "image",
    "image_batch",
    "image_size",
    "image_transform",
    "image_effects",
    "image_set",
    "image_files",
    "image_view",
    "shaders",
    "mask",
    "compositing",
    "latent_math",
    "latent_batch",
    "latent_transform",
    "latent_empty",
    "latent_files",
    "primitives",
    "numbers",
    "text",
    "regex",
    "json_text",
    "text_lists",
    "logic",
    "audio",
    "save_audio",
    "video",
    "save_text",
    "solids",
    "solid_scenes",
    "cameras",
    "meshes",
    "mesh_textures",
    "splats",
    "bounding_boxes",
    "layout_prompts",
    "poses",
    "tracks",
    "dance_keyframes",
    "restoration",
    "loops",
    "dataset",
    "data_sets",
    "lessons",
    "training",
    "training_data",
)


def builtin() -> list[Node]:
    """Every built-in node type, by subject."""
    return [node for subject in SUBJECTS for node in nodes_of(importlib.import_module(f"nodes.{subject}"))]
