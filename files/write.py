"""Writing small files of users: whole or not at all."""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from pathlib import Path

from files.errors import FileProblem


def write_whole(path: Path, data: bytes) -> None:
    """Put ``data`` in the file's place, with the folders that lead there. Raises FileProblem when that cannot be."""
    draft = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data)
        os.replace(draft, path)
    except OSError as error:
        raise FileProblem(f"{path.name} cannot be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):  # it is in its place, or was never made
            draft.unlink()
