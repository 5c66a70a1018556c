"""Visual Genome: ``region_descriptions.json``, phrases for boxes of a picture (arXiv:1602.07332)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.datasets.fields import BadField, optional_text, optional_whole, text_of, whole_of
from training.datasets.json_stream import read_elements
from training.datasets.record import Ledger, Record

FOLDERS = ("VG_100K", "VG_100K_2", "")


def read_regions(
    path: Path, ledger: Ledger, pictures: Path | None = None, image_data: Path | None = None
) -> Iterator[Record]:
    """One record a region, with its box. ``image_data``: ``image_data.json``, which knows sizes and addresses.

    pictures: the folder that holds VG_100K and VG_100K_2, or the pictures themselves. Raises BadDataSet.
    """
    known = {item["image_id"]: item for item in read_elements(image_data, "item")} if image_data else {}
    for number, image in enumerate(read_elements(path, "item")):
        where = f"{path.name}, image {number}"
        if not isinstance(image, dict) or not isinstance(image.get("regions"), list):
            ledger.refuse(where, "it has no list of regions")
            continue
        for region in image["regions"]:
            try:
                yield ledger.accept(_read_region(region, image, known, pictures))
            except BadField as error:
                name = region.get("region_id", "?") if isinstance(region, dict) else "?"
                ledger.refuse(f"{where}, region {name}", str(error))


def _read_region(region: Any, image: dict[str, Any], known: dict[Any, dict[str, Any]], pictures: Path | None) -> Record:
    if not isinstance(region, dict):
        raise BadField("it is no object")
    # Version 1.0 names the picture image_id, later ones id (with image_id in each region).
    image_id = whole_of(image.get("image_id", image.get("id", region.get("image_id"))), "image_id")
    about = known.get(image_id, {})
    corner = [max(0, int(region.get(side) or 0)) for side in ("x", "y")]
    size = [whole_of(region.get(side), side) for side in ("width", "height")]
    return Record(
        id=str(region.get("region_id", "")),
        captions=(text_of(region.get("phrase"), "phrase"),),
        path=_find(pictures, f"{image_id}.jpg") if pictures else None,
        url=optional_text(about.get("url")),
        width=optional_whole(about.get("width"), "width"),
        height=optional_whole(about.get("height"), "height"),
        box=(corner[0], corner[1], size[0], size[1]),
        language="en",
        extra={"image_id": image_id},
    )


def _find(pictures: Path, name: str) -> Path:
    """Where the picture lies; below the folder itself if it is in none of the usual ones."""
    places = [pictures / folder / name for folder in FOLDERS]
    return next((place for place in places if place.is_file()), places[-1])
