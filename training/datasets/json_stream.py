"""Large JSON files, an element at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ijson

from training.datasets.errors import BadDataSet


def read_elements(path: Path, prefix: str) -> Iterator[Any]:
    """The elements of the list at ``prefix`` (``images.item``, ``item``). Raises BadDataSet where it breaks off."""
    with open(path, "rb") as file:
        try:
            yield from ijson.items(file, prefix, use_float=True)
        except (ijson.JSONError, UnicodeDecodeError) as error:
            raise BadDataSet(f"{path.name} is not whole: {str(error).splitlines()[0]}. Download it again.") from error
