"""The built-in node types: thin functions that name inputs and call down once."""

from __future__ import annotations

import importlib

from graph.node import Node, nodes_of

SUBJECTS = (
    "loaders",
    "conditioning",
    "controlnet",
    "latent",
    "sampling",
    "custom_sampling",
    "vae",
    "image",
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
)


def builtin() -> list[Node]:
    """Every built-in node type, by subject."""
    return [node for subject in SUBJECTS for node in nodes_of(importlib.import_module(f"nodes.{subject}"))]
