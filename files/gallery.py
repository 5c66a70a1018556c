"""Gallery: the files that runs saved, with what they were made with, and small pictures of them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from PIL import Image, ImageOps, UnidentifiedImageError

from files.embed import read_metadata
from files.errors import FileProblem
from files.folders import FILMS, PICTURES, SOUNDS, Folders
from files.write import write_whole

_QUALITY: Final = 82
_KINDS: Final = {**dict.fromkeys(PICTURES, "image"), **dict.fromkeys(FILMS, "video"), **dict.fromkeys(SOUNDS, "audio")}


class Item(Struct):
    """One file. name: below the output folder. kind: image, video or audio. modified: seconds since 1970."""

    name: str
    filename: str
    subfolder: str
    kind: str
    size: int
    modified: float
    is_starred: bool = False


class Gallery:
    """Finds saved files. State: the text that each file carries, read once when someone first searches."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._texts: dict[str, tuple[float, str]] = {}

    def find(self, words: Sequence[str], only: Collection[str] | None = None) -> list[Item]:
        """Files whose name or prompt holds all the words (lower case), newest first; ``only``: among these names."""
        root = self._folders.output
        items = [
            item
            for name in self._folders.names("output")
            if only is None or name in only
            for item in _describe(root, name)
        ]
        items.sort(key=lambda item: (-item.modified, item.name))
        if not words:
            return items
        return [item for item in items if all(word in self._text_of(root, item) for word in words)]

    def _text_of(self, root: Path, item: Item) -> str:
        kept = self._texts.get(item.name)
        if kept is None or kept[0] != item.modified:
            try:
                carried = read_metadata(root / item.name)
            except FileProblem:
                carried = {}
            text = "\n".join([item.name, *_texts_in(carried.get("prompt")), str(carried.get("parameters", ""))])
            kept = self._texts[item.name] = (item.modified, text.lower())
        return kept[1]


def make_thumbnail(path: Path, size: int, cache: Path) -> bytes:
    """The picture as WebP whose longer side has at most ``size`` pixels; kept in ``cache``, so that it is made once."""
    stat = path.stat()
    name = hashlib.sha256(f"{path} {stat.st_size} {stat.st_mtime_ns} {size}".encode()).hexdigest()[:32]
    kept = cache / f"{name}.webp"
    if kept.is_file():
        return kept.read_bytes()
    try:
        with Image.open(path) as picture:
            picture.draft("RGB", (size, size))  # JPEG can be read at a fraction of its size
            shown = ImageOps.exif_transpose(picture)
            shown.thumbnail((size, size))
            file = io.BytesIO()
            shown.convert("RGBA" if "A" in shown.getbands() or "transparency" in shown.info else "RGB").save(
                file, "WEBP", quality=_QUALITY, method=2
            )
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FileProblem(f"{path.name} is not a picture that can be shown.") from error
    write_whole(kept, file.getvalue())
    return file.getvalue()


def _describe(root: Path, name: str) -> list[Item]:
    folder, _, filename = name.rpartition("/")
    kind = _KINDS.get(Path(filename).suffix.lower())
    if kind is None:
        return []
    try:
        stat = (root / name).stat()
    except OSError:  # deleted since it was listed
        return []
    return [Item(name, filename, folder, kind, stat.st_size, stat.st_mtime)]


def _texts_in(prompt: Any) -> list[str]:
    """The constants of a graph that are text: prompts and names of models."""
    calls = prompt.values() if isinstance(prompt, dict) else ()
    inputs = [call["inputs"] for call in calls if isinstance(call, dict) and isinstance(call.get("inputs"), dict)]
    return [value for values in inputs for value in values.values() if isinstance(value, str)]
