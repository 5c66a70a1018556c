"""Service: a worker's life. It loads, says what it can run, and runs what the server sends, one job at a time."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final

import msgspec

from graph.custom_checks import ask_checks
from graph.document import parse_prompt
from graph.errors import GraphError
from graph.events import CallStarted, Event, Failed
from graph.run import Run
from jobs.messages import (
    AskCatalog,
    AskPlan,
    AskStats,
    Cancel,
    CatalogIs,
    CatalogRead,
    Check,
    Checked,
    Free,
    PlanIs,
    Preview,
    Quit,
    Ready,
    Refused,
    Rewrite,
    Rewritten,
    Said,
    Start,
    ToWorker,
)
from jobs.notes import AtWork, NotePad
from jobs.options import WorkerOptions
from nodes.v3.progress import WholePicture
from worker.link import Link
from worker.loading import build_house, describe_specs, reread_nodes
from worker.pack_routes import serve_pack_routes
from worker.previews import Previewer, encode_message, encode_whole, painted_by
from worker.reports import Reporter, to_raw
from worker.rewriting import has_prompt_handlers, rewrite_prompt
from worker.runner import Runner
from worker.shims.ground import ground, has_ground

log = logging.getLogger(__name__)

# How long a run may take to notice that it is to stop before the process ends all the same.
_GRACE_S: Final = 2.0

Order = Callable[[], Awaitable[None] | None]


class Service:
    """A reader's thread takes messages, the main thread sees to the runs, one more answers questions meanwhile.

    State: the runs that came and have not ended, by job (made when the message arrives, so that a Cancel right behind
    it finds them); the orders that the main thread has yet to carry out, None = quit.
    """

    def __init__(self, options: WorkerOptions, link: Link) -> None:
        self._options = options
        self._link = link
        self._runs: dict[str, Run] = {}
        self._orders: asyncio.Queue[Order | None] = asyncio.Queue()
        self._notes = NotePad(options.note) if options.note is not None else None
        self._questions = ThreadPoolExecutor(1, thread_name_prefix="questions")

    async def serve(self) -> None:
        """Load, then work until told to quit."""
        self._loop = asyncio.get_running_loop()
        self._link.listen(self._take, self._leave_alone)
        house = build_house(self._options)
        self._runner = Runner(house)
        self._previewer = Previewer(self._send_preview, self._options.preview_size, house.around)
        await self._open_packs()  # first: whoever finds a pack's nodes in the catalog may ask for its routes
        self._tell_catalog()
        self._link.send(house.stats())
        self._link.send(Ready())
        self._runner.warm()
        while (order := await self._orders.get()) is not None:
            done = order()
            if done is not None:
                await done
        self._link.close()

    def _tell_catalog(self) -> None:
        house = self._runner.house
        specs = msgspec.Raw(msgspec.json.encode(describe_specs(house.nodes), enc_hook=str))
        web = {pack: str(folder) for pack, folder in house.web.items()}
        self._link.send(CatalogIs(specs, dict(house.failures), web, has_prompt_handlers()))

    async def _open_packs(self) -> None:
        """Let node packs answer requests, and talk to clients."""
        routes = await serve_pack_routes(self._loop)
        if routes is not None:
            self._link.send(routes)
        if has_ground():
            ground().announce = self._announce

    def _announce(self, event: Any, data: Any, client: str | None) -> None:
        picture = encode_message(event, data)
        if picture is not None:
            self._link.send(Said("", to=client, binary=picture[0]), picture[1])
        elif isinstance(data, bytes | bytearray):
            self._link.send(Said("", to=client, binary=int(event)), bytes(data))
        else:
            self._link.send(Said(str(event), to_raw(data if isinstance(data, Mapping) else {"data": data}), client))

    def _take(self, message: ToWorker) -> None:
        """One message from the server; on the reader's thread."""
        match message:
            case Start():
                self._begin(message)
            case Cancel(job=job):
                if job in self._runs:
                    self._runs[job].cancel()
            case Free(unload_models=models, free_memory=results):
                self._order(lambda: self._runner.free(models=models, results=results))
            case AskStats():
                self._questions.submit(lambda: self._link.send(self._runner.house.stats()))
            case Check(check=number, prompt=prompt, targets=targets):
                self._questions.submit(lambda: self._check(number, prompt, targets))
            case Rewrite(rewrite=number, body=body):
                self._questions.submit(lambda: self._link.send(Rewritten(number, msgspec.Raw(rewrite_prompt(body)))))
            case AskCatalog():
                self._questions.submit(self._read_catalog)
            case AskPlan(plan=number, prompt=prompt, targets=targets):
                self._questions.submit(lambda: self._plan(number, prompt, targets))
            case Quit():
                threading.Thread(target=self._quit, daemon=True).start()

    def _begin(self, start: Start) -> None:
        prompt = msgspec.json.decode(start.prompt)
        extra = msgspec.json.decode(start.extra)
        chosen = extra.get("preview_method")
        chosen = self._options.preview_method if chosen in (None, "default") else chosen
        method = extra["preview_method"] = chosen or "auto"
        paint = painted_by(method, self._previewer.offer)

        def offer(call: str, picture: Any) -> None:
            if isinstance(picture, WholePicture):
                data, mime = encode_whole(picture)
                self._link.send(Preview(start.job, call, mime, asked=True, whole=True), data)
            elif method != "none":
                paint(call, picture)

        reporter = Reporter(start.job, self._link.wake, offer)

        def emit(event: Event) -> None:
            if isinstance(event, CallStarted) and self._notes is not None:
                self._notes.write(AtWork(start.job, event.call, event.node_type))
            self._previewer.watch(event)
            reporter.report(event)

        run = self._runs[start.job] = self._runner.open_run(start.job, prompt, extra, emit)
        self._order(lambda: self._run(run, prompt, start.targets, reporter, bool(chosen)))

    async def _run(
        self, run: Run, prompt: dict[str, Any], targets: list[str], reporter: Reporter, asks_previews: bool
    ) -> None:
        self._job, self._asks_previews = run.id, asks_previews
        self._link.set_source(reporter.drain)
        try:
            await self._runner.run(run, parse_prompt(prompt), targets)
        except Exception as error:  # not a node's failure, which ends as an event, but our own; the job has to end
            log.exception("Easel itself failed in job %s", run.id)
            message = f"Easel itself failed, not your graph: {type(error).__name__}: {error}. The log has the details."
            reporter.report(Failed("", "", message, type(error).__name__))
        finally:
            del self._runs[run.id]
            self._link.set_source(None)

    def _check(self, number: int, prompt: msgspec.Raw, targets: list[str]) -> None:
        problems = ask_checks(parse_prompt(msgspec.json.decode(prompt)), self._runner.house.nodes, targets)
        found = [Refused(p.code, p.message, p.call, p.input, p.details, dict(p.extra)) for p in problems]
        self._link.send(Checked(number, found))

    def _read_catalog(self) -> None:
        if reread_nodes(self._runner.house.nodes):
            self._tell_catalog()
        self._link.send(CatalogRead())

    def _plan(self, number: int, prompt: msgspec.Raw, targets: list[str]) -> None:
        try:
            plan = self._runner.plan(parse_prompt(msgspec.json.decode(prompt)), targets)
            why = {call: plan.why(call) for call in plan.order}
            answer = PlanIs(number, list(plan.runs), list(plan.cached), why)
        except GraphError as error:
            answer = PlanIs(number, failure=str(error))
        self._link.send(answer)

    def _send_preview(self, call: str, data: bytes, mime: str) -> None:
        self._link.send(Preview(self._job, call, mime, self._asks_previews), data)

    def _order(self, order: Order | None) -> None:
        with suppress(RuntimeError):  # the loop is closed: the process is about to end
            self._loop.call_soon_threadsafe(self._orders.put_nowait, order)

    def _quit(self) -> None:
        for run in list(self._runs.values()):
            run.cancel()
        self._order(None)
        time.sleep(_GRACE_S)
        os._exit(0)

    def _leave_alone(self) -> None:
        """The server is gone: nobody wants the results."""
        self._quit()
