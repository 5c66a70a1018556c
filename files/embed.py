"""Graphs carried inside files: reading what a picture was made with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from files.errors import FileProblem

# WebP and JPEG carry "prompt:{...}" and "workflow:{...}" in these EXIF fields: Model, Make and those below it.
_EXIF_FIELDS = (0x0110, 0x010F, 0x010E, 0x010D, 0x010C)


def read_metadata(path: Path) -> dict[str, Any]:
    """What a picture carries beside its pixels: prompt, workflow and other keys, JSON values parsed.

    Raises FileProblem when the file is no picture that can be read.
    """
    try:
        with Image.open(path) as picture:
            picture.load()
            texts = {str(k): v for k, v in picture.info.items() if isinstance(v, str)}
            exif = picture.getexif()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise FileProblem(f"{path.name} is not a picture that can be read.") from error
    for field in _EXIF_FIELDS:
        key, colon, value = str(exif.get(field, "")).partition(":")
        if colon and value.lstrip().startswith(("{", "[")):
            texts.setdefault(key.lower(), value)
    return {key: _parsed(value) for key, value in texts.items()}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
