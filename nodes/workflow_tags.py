"""The graph and its workflow as text tags, for the files that are made by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from files.save import Saver
from graph.node import Slot

Prompt = Annotated[Any, Slot(hidden="PROMPT")]
PngInfo = Annotated[Any, Slot(hidden="EXTRA_PNGINFO")]


def workflow_tags(saver: Saver, prompt: Any, extra: Mapping[str, Any] | None) -> dict[str, str]:
    """``prompt``, ``workflow`` and what else came with them, each as JSON; none if the user wants none embedded."""
    if not saver.embed:
        return {}
    tags = {**({"prompt": prompt} if prompt else {}), **(extra or {})}
    return {name: json.dumps(value) for name, value in tags.items()}
