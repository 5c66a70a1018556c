"""The tables of the job database."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

VERSION: Final = 2

# jobs.ended is a running number, given when a job ends: the order of history. NULL = not ended, or ended without
# history.
_TABLES: Final = """
CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    number REAL NOT NULL,
    state TEXT NOT NULL,
    prompt BLOB NOT NULL,
    extra BLOB NOT NULL,
    targets BLOB NOT NULL,
    client TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    created_ms INTEGER NOT NULL,
    started_ms INTEGER,
    ended_ms INTEGER,
    ended INTEGER UNIQUE,
    user TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX ended_by_user ON jobs (user, ended) WHERE ended IS NOT NULL;
CREATE INDEX by_number ON jobs (number);
CREATE INDEX unfinished ON jobs (state) WHERE state IN ('pending', 'running');
CREATE TABLE results (
    job TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    messages BLOB NOT NULL,
    meta BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE outputs (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    call TEXT NOT NULL,
    ui BLOB NOT NULL,
    PRIMARY KEY (job, call)
) WITHOUT ROWID;
CREATE TABLE attempts (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    began_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (job, attempt)
) WITHOUT ROWID;
CREATE TABLE kept (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""
# What brings the tables of each earlier version to the next.
_UPGRADES: Final = {
    1: """
ALTER TABLE jobs ADD COLUMN user TEXT NOT NULL DEFAULT '';
CREATE INDEX ended_by_user ON jobs (user, ended) WHERE ended IS NOT NULL;
""",
}


class ForeignDatabase(Exception):
    """The database file was written by a later version, or is none. The message says what to do."""


def open_database(path: Path) -> sqlite3.Connection:
    """A connection that writes; makes the file and its tables where they are missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    database = connect(path)
    try:
        version = database.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        database.close()
        raise ForeignDatabase(f"{path} is not a job database ({error}). Move it away and start again.") from error
    if version > VERSION:
        database.close()
        raise ForeignDatabase(f"{path} was written by a later version of Easel. Update, or move the file away.")
    database.execute("PRAGMA journal_mode = WAL")
    if version == 0:
        database.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
    for old in range(version, VERSION) if version else ():
        database.executescript(f"BEGIN; {_UPGRADES[old]} PRAGMA user_version = {old + 1}; COMMIT;")
    return database


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode; it may be handed from thread to thread, one at a time."""
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    database.execute("PRAGMA foreign_keys = ON")
    return database
