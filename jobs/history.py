"""History: what ended jobs gave, read page by page in the wire's shape."""

from __future__ import annotations

from typing import Any

import msgspec

from jobs.job import State
from jobs.store import JobStore

_ENTRY = """
    SELECT id, number, prompt, extra, targets, state, messages, meta
    FROM jobs JOIN results ON results.job = jobs.id
"""
# Where a page begins is found in the index alone: an OFFSET of the joined rows would fetch each one that it skips.
_FIRST = "SELECT ended FROM jobs WHERE ended IS NOT NULL{of_user} ORDER BY ended LIMIT 1 OFFSET :offset"
PAGE = 100


def read_entry(store: JobStore, job_id: str, user: str | None = None) -> bytes | None:
    """One job's entry, encoded; None while it has not ended. (Here and below, ``user``: only that user's.)"""
    query = f"{_ENTRY} WHERE id = :id AND ended IS NOT NULL{_of(user)}"
    with store.reading:
        row = store.reader.execute(query, {"id": job_id, "user": user}).fetchone()
        return _encode(store, row) if row else None


def read_page(store: JobStore, limit: int, offset: int, user: str | None = None) -> list[tuple[str, bytes]]:
    """Entries as (id, encoded), oldest first."""
    first = _FIRST.format(of_user=_of(user))
    query = f"{_ENTRY} WHERE ended >= ({first}){_of(user)} ORDER BY ended LIMIT :limit"
    with store.reading:
        rows = store.reader.execute(query, {"offset": offset, "limit": limit, "user": user})
        return [(row[0], _encode(store, row)) for row in rows.fetchall()]


def count_entries(store: JobStore, user: str | None = None) -> int:
    """How many jobs have ended."""
    query = f"SELECT COUNT(ended) FROM jobs WHERE ended IS NOT NULL{_of(user)}"
    with store.reading:
        count: int = store.reader.execute(query, {"user": user}).fetchone()[0]
    return count


def _of(user: str | None) -> str:
    return "" if user is None else " AND user = :user"


def encode_page(page: list[tuple[str, bytes]]) -> bytes:
    """The inside of a JSON object: ``"id":entry,...``."""
    return b",".join(msgspec.json.encode(job_id) + b":" + entry for job_id, entry in page)


def _encode(store: JobStore, row: tuple[Any, ...]) -> bytes:
    job_id, number, prompt, extra, targets, state, messages, meta = row
    outputs = store.reader.execute("SELECT call, ui FROM outputs WHERE job = ?", (job_id,)).fetchall()
    completed = state == State.COMPLETED
    status = {
        "status_str": "success" if completed else "error",
        "completed": completed,
        "messages": msgspec.Raw(messages),
    }
    entry = {
        "prompt": [number, job_id, msgspec.Raw(prompt), msgspec.Raw(extra), msgspec.Raw(targets)],
        "outputs": {call: msgspec.Raw(ui) for call, ui in outputs},
        "status": status,
        "meta": msgspec.Raw(meta),
    }
    return msgspec.json.encode(entry)
