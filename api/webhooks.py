"""Webhooks: telling another program that a job has ended, if its host was allowed at the start."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from concurrent.futures import Future
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import msgspec

from api.errors import Refusal
from jobs.job import State
from jobs.listing import read_job
from jobs.store import JobStore

log = logging.getLogger(__name__)

_PREFIX: Final = "webhook "
_PAUSES_S: Final = (0.0, 1.0, 5.0, 30.0)
_TIMEOUT: Final = aiohttp.ClientTimeout(total=15)
_ENDED: Final = ("completed", "failed", "cancelled")


class Webhooks:
    """Addresses are kept in the database until they were told, so that a restart forgets none.

    State: the deliveries under way. Invariant: a message goes only to hosts that ``allowed`` names, also when the
    address was kept by a server that allowed more; redirections are not followed.
    """

    def __init__(self, store: JobStore, allowed: Collection[str]) -> None:
        self._store = store
        self._allowed = frozenset(host.lower() for host in allowed)
        self._deliveries: set[asyncio.Task[None]] = set()

    def keep(self, job_id: str, url: str) -> Future[None]:
        """Remember to tell ``url`` when the job ends. (Writes keep their order: its end cannot come first.)"""
        return self._store.keep(_PREFIX + job_id, url.encode())

    def refuse_foreign(self, url: str) -> None:
        """Raise a Refusal for an address that may not be told."""
        if not self._is_allowed(url):
            message = (
                f"'{url[:200]}' may not be told of this job. Start the server with --allow-webhook-host HOST, "
                "and give an http or https address of that host."
            )
            raise Refusal(400, "webhook_not_allowed", message, beside={"node_errors": {}})

    def take_up(self) -> None:
        """Tell of jobs that ended while the last server stopped."""
        for name in self._store.kept_names(_PREFIX):
            job = read_job(self._store, name.removeprefix(_PREFIX))
            if job is None:
                self._store.drop(name)
            elif job.status in _ENDED:
                self._begin(job.id)

    def hear(self, job_id: str, _: State) -> None:
        """A job has ended."""
        if self._allowed:
            self._begin(job_id)

    async def close(self) -> None:
        """Stop; what was not told is told by the next server."""
        for task in self._deliveries:
            task.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)

    def _begin(self, job_id: str) -> None:
        task = asyncio.create_task(self._deliver(job_id))
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)

    async def _deliver(self, job_id: str) -> None:
        kept = await asyncio.to_thread(self._store.kept, _PREFIX + job_id)
        job = await asyncio.to_thread(read_job, self._store, job_id) if kept else None
        if kept is None or job is None:
            return
        url = kept.decode()
        message: dict[str, Any] = {"prompt_id": job_id, "status": job.status, "outputs": job.outputs or {}}
        if job.execution_error is not None:
            message["error"] = job.execution_error
        if not self._is_allowed(url) or not await _post(url, msgspec.json.encode(message, enc_hook=str)):
            log.warning("Job %s ended, but %s could not be told.", job_id, urlsplit(url).hostname)
        await asyncio.wrap_future(self._store.drop(_PREFIX + job_id))

    def _is_allowed(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return False
        is_named = host in self._allowed or (port is not None and f"{host}:{port}" in self._allowed)
        return parts.scheme in ("http", "https") and is_named and "@" not in parts.netloc


async def _post(url: str, body: bytes) -> bool:
    """Send, several times if need be; whether it was taken."""
    headers = {"Content-Type": "application/json", "User-Agent": "Easel"}
    async with aiohttp.ClientSession(timeout=_TIMEOUT, headers=headers) as http:
        for pause_s in _PAUSES_S:
            await asyncio.sleep(pause_s)
            try:
                async with http.post(url, data=body, allow_redirects=False) as answer:
                    if answer.status < 300:
                        return True
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                log.info("A webhook was not reached: %s", error)
    return False
