"""Tar files as img2dataset writes them: ``000000000.jpg``, ``.txt`` and ``.json`` of one name belong together."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from training.datasets.errors import BadDataSet
from training.datasets.fields import BadField, any_case, optional_number, optional_text, optional_whole, text_of
from training.datasets.record import Ledger, Record

PICTURES: Final = frozenset({"jpg", "jpeg", "png", "webp"})
LARGEST_BYTES: Final = 256 * 1024 * 1024


def read_tar(path: Path, ledger: Ledger) -> Iterator[Record]:
    """One record a sample, its picture in ``data``. Members of a sample follow each other, as the format demands.

    Captions come from the .txt file, or else from ``caption`` in the .json. Raises BadDataSet for a file cut off.
    """
    try:
        with tarfile.open(path, "r|*") as tar:
            for key, members in _samples(tar):
                try:
                    yield ledger.accept(_read_sample(key, members))
                except BadField as error:
                    ledger.refuse(f"{path.name}, {key}", str(error))
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BadDataSet(f"{path.name} cannot be read to its end: {error}.") from error


def _samples(tar: tarfile.TarFile) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Members gathered by the part of their name before the first dot."""
    current, members = "", dict[str, bytes]()
    for member in tar:
        if not member.isfile() or member.size > LARGEST_BYTES:
            continue
        folder, _, name = member.name.rpartition("/")
        stem, _, suffix = name.partition(".")
        key = f"{folder}/{stem}" if folder else stem
        if key != current and members:
            yield current, members
            members = {}
        file = tar.extractfile(member)
        current, members[suffix.lower()] = key, file.read() if file else b""
    if members:
        yield current, members


def _read_sample(key: str, members: Mapping[str, bytes]) -> Record:
    about = _read_about(members.get("json"))
    picture = next((members[suffix] for suffix in members if suffix in PICTURES), None)
    if not picture:
        raise BadField(f"it has no picture (status: {optional_text(about.get('status')) or 'not said'})")
    caption = members["txt"].decode("utf-8", "replace") if "txt" in members else about.get("caption")
    return Record(
        id=key,
        captions=(text_of(caption, "the caption"),),
        data=picture,
        url=optional_text(about.get("url")),
        width=optional_whole(about.get("width"), "width"),
        height=optional_whole(about.get("height"), "height"),
        similarity=optional_number(any_case(about, "similarity"), "similarity"),
        language=optional_text(any_case(about, "language")),
        licence=optional_text(any_case(about, "license")).strip("?"),
        nsfw=optional_text(any_case(about, "nsfw")),
        extra={k: v for k, v in about.items() if k not in ("caption", "url", "width", "height")},
    )


def _read_about(data: bytes | None) -> dict[str, Any]:
    if data is None:
        return {}
    try:
        about = json.loads(data)
    except ValueError as error:
        raise BadField(f"its .json cannot be read ({error})") from error
    if not isinstance(about, dict):
        raise BadField("its .json is no object")
    return about
