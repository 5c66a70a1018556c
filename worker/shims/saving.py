"""``nodes.SaveImage`` and ``nodes.PreviewImage``: packs derive from them, and set where their own pictures go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from files.names import PLACES
from files.save import Saver
from nodes.image import save_pictures
from worker.shims.ground import ground, run_of

SAVED_IN: Final[Mapping[str, str]] = {"SaveImage": "output", "PreviewImage": "temp"}
"""The folder that each saves in, as long as nobody sets ``self.type``."""


def saving_members(place: str, node_type: str) -> dict[str, Any]:
    """What such a class has beside its inputs. Defaults lie on the class: derived ones seldom call its ``__init__``."""

    def save_images(
        self: Any, images: Any, filename_prefix: str = "Easel", prompt: Any = None, extra_pnginfo: Any = None
    ) -> dict[str, Any]:
        saver = run_of(node_type).service(Saver)
        chosen = self.type if self.type in PLACES else place
        done = save_pictures(images, filename_prefix + self.prefix_append, chosen, prompt, extra_pnginfo, saver)
        return {"ui": dict(done.ui or {}), "result": tuple(done.outputs)}

    folder = str(ground().folders.place(place))
    return {"save_images": save_images, "type": place, "output_dir": folder, "prefix_append": "", "compress_level": 4}
