"""A workflow drawn small: its nodes as boxes, its links as lines."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Final

from PIL import Image, ImageDraw

_SIZE: Final = (480, 320)
_MARGIN: Final = 24
_GROUND: Final = (24, 25, 29)
_LINK: Final = (104, 110, 122)
_NODE: Final = (62, 66, 76)
_HEAD: Final = (112, 156, 214)
_NOTE: Final = (196, 158, 84)
_NOTES: Final = ("Note", "MarkdownNote")


def draw_thumbnail(workflow: Mapping[str, Any]) -> bytes:
    """The workflow, a file of the editor, as a WebP picture of 480 x 320."""
    picture = Image.new("RGB", _SIZE, _GROUND)
    draw = ImageDraw.Draw(picture)
    boxes = {node["id"]: (*node["pos"], *node["size"]) for node in workflow["nodes"]}
    if boxes:
        left, top = min(b[0] for b in boxes.values()), min(b[1] for b in boxes.values())
        width = max(b[0] + b[2] for b in boxes.values()) - left
        height = max(b[1] + b[3] for b in boxes.values()) - top
        scale = min((_SIZE[0] - 2 * _MARGIN) / max(width, 1), (_SIZE[1] - 2 * _MARGIN) / max(height, 1))
        dx, dy = (_SIZE[0] - width * scale) / 2, (_SIZE[1] - height * scale) / 2
        placed = {
            i: (dx + (x - left) * scale, dy + (y - top) * scale, w * scale, h * scale)
            for i, (x, y, w, h) in boxes.items()
        }
        for _, source, _, target, *_ in workflow["links"]:
            if source in placed and target in placed:
                (ax, ay, aw, ah), (bx, by, _, bh) = placed[source], placed[target]
                draw.line([(ax + aw, ay + ah / 2), (bx, by + bh / 2)], _LINK, width=2)
        for node in workflow["nodes"]:
            x, y, w, h = placed[node["id"]]
            is_note = node["type"] in _NOTES
            draw.rounded_rectangle((x, y, x + w, y + h), 4, _NOTE if is_note else _NODE)
            if not is_note:
                draw.rounded_rectangle((x, y, x + w, y + min(8, h)), 4, _HEAD)
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=85)
    return file.getvalue()
