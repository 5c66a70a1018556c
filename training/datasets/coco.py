"""COCO Captions: ``captions_*.json`` with the lists ``images`` and ``annotations`` (arXiv:1504.00325)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from training.datasets.errors import BadDataSet
from training.datasets.fields import BadField, optional_text, optional_whole, text_of, whole_of
from training.datasets.json_stream import read_elements
from training.datasets.record import Ledger, Record


class Image(NamedTuple):
    file_name: str
    url: str
    width: int | None
    height: int | None
    licence: str


def read_coco(path: Path, ledger: Ledger, pictures: Path | None = None) -> Iterator[Record]:
    """One record a caption, in the file's order; ``pictures`` is the folder that the images lie in.

    The list of images (about 100 bytes each) is held in memory, the captions are not. Raises BadDataSet.
    """
    licences = {item.get("id"): item for item in read_elements(path, "licenses.item") if isinstance(item, dict)}
    images = dict(_read_images(path, licences, ledger))
    if not images:
        raise BadDataSet(
            f"{path.name} lists no images. COCO Captions files are called captions_train2017.json and so on."
        )
    for number, item in enumerate(read_elements(path, "annotations.item")):
        where = f"{path.name}, annotation {number}"
        try:
            image = images[whole_of(item.get("image_id"), "image_id")]
            caption = text_of(item.get("caption"), "caption")
        except BadField as error:
            ledger.refuse(where, str(error))
        except KeyError as error:
            ledger.refuse(where, f"image {error.args[0]} is not in the list of images")
        except AttributeError:
            ledger.refuse(where, "this is no object")
        else:
            yield ledger.accept(
                Record(
                    id=str(item.get("id", number)),
                    captions=(caption,),
                    path=pictures / image.file_name if pictures else None,
                    url=image.url,
                    width=image.width,
                    height=image.height,
                    language="en",
                    licence=image.licence,
                    extra={"image_id": item["image_id"], "file_name": image.file_name},
                )
            )


def _read_images(path: Path, licences: dict[Any, dict[str, Any]], ledger: Ledger) -> Iterator[tuple[int, Image]]:
    for number, item in enumerate(read_elements(path, "images.item")):
        try:
            licence = licences.get(item.get("license"), {})
            yield (
                whole_of(item.get("id"), "id"),
                Image(
                    text_of(item.get("file_name"), "file_name"),
                    optional_text(item.get("coco_url") or item.get("flickr_url")),
                    optional_whole(item.get("width"), "width"),
                    optional_whole(item.get("height"), "height"),
                    optional_text(licence.get("url") or licence.get("name")),
                ),
            )
        except BadField as error:
            ledger.refuse(f"{path.name}, image {number}", str(error))
        except AttributeError:
            ledger.refuse(f"{path.name}, image {number}", "this is no object")
