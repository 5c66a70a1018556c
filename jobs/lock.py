"""One server for one set of jobs."""

from __future__ import annotations

import sqlite3
from pathlib import Path


class AlreadyServed(Exception):
    """Another server holds this directory. The message says what to do."""


def hold(directory: Path) -> sqlite3.Connection:
    """Claim a directory until the connection is closed or this process ends, however it ends.

    An exclusive SQLite transaction is the one lock that every system drops with its process.
    """
    directory.mkdir(parents=True, exist_ok=True)
    claim = sqlite3.connect(directory / "easel.lock", isolation_level=None, timeout=0, check_same_thread=False)
    try:
        claim.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        claim.close()
        raise AlreadyServed(
            f"Another Easel server already uses {directory}. Stop it first, or give this one its own --user-directory."
        ) from error
    return claim
