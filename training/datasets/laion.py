"""LAION-400M and LAION-5B: parquet files of addresses, texts, similarities (arXiv:2111.02114, arXiv:2210.08402)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow
from pyarrow import parquet

from training.datasets.errors import BadDataSet
from training.datasets.fields import BadField, any_case, optional_number, optional_text, optional_whole, text_of
from training.datasets.record import Ledger, Record

_ROWS: Final = 1024
_USED: Final = frozenset(
    (
        "url",
        "text",
        "caption",
        "sample_id",
        "key",
        "hash",
        "width",
        "height",
        "similarity",
        "license",
        "nsfw",
        "language",
    )
)


def read_laion(path: Path, ledger: Ledger) -> Iterator[Record]:
    """One record a row, 1024 rows in memory at a time. Raises BadDataSet for a file that is no such table.

    Columns (upper or lower case): URL, TEXT; SAMPLE_ID, WIDTH, HEIGHT, LICENSE, NSFW, similarity, LANGUAGE where there.
    LAION-5B's laion2B-en and -multi have no NSFW but punsafe and pwatermark, which are kept in ``extra``.
    """
    try:
        table = parquet.ParquetFile(path)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise BadDataSet(f"{path.name} is no parquet file that can be read ({str(error).splitlines()[0]}).") from error
    names = {name.lower() for name in table.schema_arrow.names}
    if not ({"url"} <= names and names & {"text", "caption"}):
        raise BadDataSet(f"{path.name} has the columns {', '.join(sorted(names))}; LAION's have at least URL and TEXT.")
    language = "en" if "400m" in path.as_posix().lower() or "2b-en" in path.as_posix().lower() else ""
    number = 0
    for batch in table.iter_batches(_ROWS):
        for row in batch.to_pylist():
            number += 1
            try:
                yield ledger.accept(_read_row(row, number, language))
            except BadField as error:
                ledger.refuse(f"{path.name}, row {number}", str(error))


def _read_row(row: Mapping[str, Any], number: int, language: str) -> Record:
    identity = any_case(row, "sample_id", "key", "hash")
    return Record(
        id=str(number if identity is None else int(identity) if isinstance(identity, float) else identity),
        captions=(text_of(any_case(row, "text", "caption"), "TEXT"),),
        url=text_of(any_case(row, "url"), "URL"),
        width=optional_whole(any_case(row, "width"), "WIDTH"),
        height=optional_whole(any_case(row, "height"), "HEIGHT"),
        similarity=optional_number(any_case(row, "similarity"), "similarity"),
        language=optional_text(any_case(row, "language")) or language,
        licence=optional_text(any_case(row, "license")).strip("?"),
        nsfw=optional_text(any_case(row, "nsfw")),
        extra={key: value for key, value in row.items() if key.lower() not in _USED and value is not None},
    )
