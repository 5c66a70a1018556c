"""Jobs of every state as one list: filtered, sorted, a page at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from jobs.job import State
from jobs.store import JobStore, now_ms

STATUSES: Final[Mapping[str, State]] = {
    "pending": State.PENDING,
    "in_progress": State.RUNNING,
    "completed": State.COMPLETED,
    "failed": State.FAILED,
    "cancelled": State.CANCELLED,
}
_STATUS_OF: Final = {state: name for name, state in STATUSES.items()}
_ORDERS: Final = {
    "created_at": "created_ms",
    "execution_duration": "CASE WHEN started_ms IS NULL THEN 0 ELSE COALESCE(ended_ms, {now}) - started_ms END",
}
SORTS: Final = tuple(_ORDERS)
_COLUMNS: Final = "id, number, state, prompt, extra, created_ms, started_ms, ended_ms, messages"
_FROM: Final = "FROM jobs LEFT JOIN results ON results.job = jobs.id"
_MEDIA: Final = ("images", "video", "videos", "audio", "gifs", "3d")
_SOLIDS: Final = (".obj", ".fbx", ".gltf", ".glb")


class ListedJob(Struct, omit_defaults=True):
    """A job as lists show it. Times in milliseconds since 1970. priority: its number; lower runs first."""

    id: str
    status: str
    priority: float
    create_time: int
    execution_start_time: int | None = None
    execution_end_time: int | None = None
    execution_error: Any = None
    outputs_count: int | None = None
    preview_output: dict[str, Any] | None = None
    workflow_id: str | None = None


class WholeJob(ListedJob, omit_defaults=True):
    """A job with what it gave so far. nodes, while it runs: call -> {value, max, state}. position: 0 = runs next."""

    outputs: dict[str, Any] | None = None
    execution_status: Any = None
    workflow: dict[str, Raw] | None = None
    nodes: dict[str, Any] | None = None
    position: int | None = None


@dataclass(frozen=True)
class Wanted:
    """Which jobs, in which order; no states = all. user: only that user's."""

    states: Sequence[State] = ()
    workflow_id: str | None = None
    sort_by: str = "created_at"
    rises: bool = False
    limit: int | None = None
    offset: int = 0
    user: str | None = None


def list_jobs(store: JobStore, wanted: Wanted) -> tuple[list[ListedJob], int]:
    """A page of jobs, and how many there are on all pages."""
    conditions, values = ["1"], list[object]()
    if wanted.states:
        conditions.append(f"state IN ({', '.join('?' * len(wanted.states))})")
        values += wanted.states
    if wanted.workflow_id is not None:
        conditions.append("json_extract(CAST(extra AS TEXT), '$.extra_pnginfo.workflow.id') = ?")
        values.append(wanted.workflow_id)
    if wanted.user is not None:
        conditions.append("user = ?")
        values.append(wanted.user)
    where = f"WHERE {' AND '.join(conditions)}"
    turn = "ASC" if wanted.rises else "DESC"
    order = _ORDERS[wanted.sort_by].format(now=now_ms())
    limit = -1 if wanted.limit is None else wanted.limit
    with store.reading:
        total: int = store.reader.execute(f"SELECT COUNT(*) FROM jobs {where}", values).fetchone()[0]
        page = f"SELECT {_COLUMNS} {_FROM} {where} ORDER BY {order} {turn}, number {turn}, id LIMIT ? OFFSET ?"
        rows = store.reader.execute(page, [*values, limit, wanted.offset]).fetchall()
        return [_describe(row, _outputs(store, row[0])) for row in rows], total


def read_job(store: JobStore, job_id: str, user: str | None = None) -> WholeJob | None:
    """One job with its outputs, also while it runs; None when there is none of that id (of that user)."""
    query = f"SELECT {_COLUMNS} {_FROM} WHERE id = ? AND user = COALESCE(?, user)"
    with store.reading:
        row = store.reader.execute(query, (job_id, user)).fetchone()
        if row is None:
            return None
        outputs = _outputs(store, job_id)
    _, _, state, prompt, extra, _, _, _, messages = row
    job = WholeJob(**msgspec.structs.asdict(_describe(row, outputs)))
    job.outputs = outputs
    job.workflow = {"prompt": Raw(prompt), "extra_data": Raw(extra)}
    if messages is not None:
        completed = state == State.COMPLETED
        job.execution_status = {
            "status_str": "success" if completed else "error",
            "completed": completed,
            "messages": msgspec.json.decode(messages),
        }
    return job


def known(store: JobStore, job_ids: Iterable[str], user: str | None = None) -> set[str]:
    """Those of the ids that are jobs (of that user)."""
    query = "SELECT 1 FROM jobs WHERE id = ? AND user = COALESCE(?, user)"
    with store.reading:
        return {job_id for job_id in job_ids if store.reader.execute(query, (job_id, user)).fetchone()}


def _outputs(store: JobStore, job_id: str) -> dict[str, Any]:
    rows = store.reader.execute("SELECT call, ui FROM outputs WHERE job = ?", (job_id,))
    return {call: msgspec.json.decode(ui) for call, ui in rows}


def _describe(row: tuple[Any, ...] | sqlite3.Row, outputs: Mapping[str, Any]) -> ListedJob:
    job_id, number, state, _, extra, created, started, ended, messages = row
    shown = list(items_of(outputs))
    error = None
    if state == State.FAILED and messages is not None:
        errors = [data for kind, data in msgspec.json.decode(messages) if kind == "execution_error"]
        error = errors[-1] if errors else None
    return ListedJob(
        id=job_id,
        status=_STATUS_OF[State(state)],
        priority=number,
        create_time=created,
        execution_start_time=started,
        execution_end_time=ended,
        execution_error=error,
        outputs_count=len(shown),
        preview_output=_preview(shown),
        workflow_id=_workflow_id(extra),
    )


def items_of(outputs: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every file and text among outputs, with its node and its kind (``nodeId``, ``mediaType``)."""
    for call, ui in outputs.items():
        for kind, items in ui.items() if isinstance(ui, dict) else ():
            if kind != "animated" and isinstance(items, list):
                for item in items:
                    shown = item if isinstance(item, dict) else {"content": str(item)}
                    yield {**shown, "nodeId": call, "mediaType": kind}


def _preview(items: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    fit = [item for item in items if _is_shown(item)]
    return next((item for item in fit if item.get("type") == "output"), fit[0] if fit else None)


def _is_shown(item: Mapping[str, Any]) -> bool:
    name = str(item.get("filename", ""))
    is_film = str(item.get("format", "")).startswith(("video/", "audio/"))
    return bool(name) and (item["mediaType"] in _MEDIA or is_film or name.lower().endswith(_SOLIDS))


class _Workflow(Struct):
    id: Any = None


class _PngInfo(Struct):
    workflow: _Workflow | None = None


class _Extra(Struct):
    extra_pnginfo: _PngInfo | None = None


def _workflow_id(extra: bytes) -> str | None:
    try:
        info = msgspec.json.decode(extra, type=_Extra).extra_pnginfo
    except msgspec.DecodeError:  # it is whatever the client sent
        return None
    found = info.workflow.id if info is not None and info.workflow is not None else None
    return found if isinstance(found, str) else None
