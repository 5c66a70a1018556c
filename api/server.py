"""Server: what the routes work on, made once and carried by the application."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from api.book import CatalogBook
from api.dispatch import Dispatcher
from api.endings import Endings
from api.logbook import LogBook, LogEntry, terminal_size
from api.seats import Seat
from api.sockets import Hub
from api.webhooks import Webhooks
from files.folders import Folders
from jobs.choices import FileChoices
from jobs.messages import CatalogIs, Events, FromWorker, Preview, Ready, RoutesAre, Said
from jobs.options import ServeOptions
from jobs.queue import JobQueue
from jobs.store import JobStore

_GOODBYE_S: Final = 6.0


@dataclass
class Server:
    """The parts, and their life from ``start`` to ``stop``."""

    options: ServeOptions
    folders: Folders
    store: JobStore
    queue: JobQueue
    hub: Hub
    book: CatalogBook
    dispatcher: Dispatcher
    choices: FileChoices
    logs: LogBook
    endings: Endings
    webhooks: Webhooks
    upload_limit_bytes: int
    pack_routes: RoutesAre | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        """Take up old jobs and fill the seats."""
        self.logs.open(self._tell_log)
        self.dispatcher.take_up()
        self.webhooks.take_up()
        self._tasks = [asyncio.create_task(self._fill(seat)) for seat in self.dispatcher.seats]

    async def stop(self) -> None:
        """Put running jobs back, end the workers, say goodbye to the clients, and write what is unwritten."""
        self.dispatcher.put_all_back()
        for seat in self.dispatcher.seats:
            seat.close()
        await self.hub.close()
        await self.webhooks.close()
        _, late = await asyncio.wait(self._tasks, timeout=_GOODBYE_S)
        for task in late:
            task.cancel()
        self.store.close()
        self.logs.shut()

    def _tell_log(self, entry: LogEntry) -> None:
        for client in self.logs.followers:
            self.hub.send(client, "logs", {"entries": [entry], "size": terminal_size()})

    async def _fill(self, seat: Seat) -> None:
        async def on_message(message: FromWorker, body: bytes) -> None:
            match message:
                case Events():
                    await self.dispatcher.hear(seat, message)
                case Preview():
                    self.dispatcher.show(seat, message, body)
                case CatalogIs():
                    self.book.take(message)
                case RoutesAre():
                    self.pack_routes = message
                case Said():
                    self.hub.pass_on(message, body)
                case Ready():
                    self.dispatcher.pair()
                case _:
                    pass

        await seat.keep_filled(on_message, lambda death: self.dispatcher.mourn(seat, death))


SERVER: Final = web.AppKey("SERVER", Server)


def build_server(options: ServeOptions, folders: Folders, store: JobStore) -> Server:
    """Put the parts together. Needs a running event loop."""
    upload_limit_bytes = int(options.max_upload_size * 1024 * 1024)
    queue = JobQueue(store.largest_number())
    hub = Hub(queue.describe, describe_features(upload_limit_bytes))
    logs = LogBook()
    dispatcher = Dispatcher(store, queue, hub, [Seat(options.worker_arguments, logs.relay)])
    book = CatalogBook(store, folders, options)
    endings, webhooks = Endings(), Webhooks(store, options.allow_webhook_host)
    dispatcher.on_end += [endings.hear, webhooks.hear]
    return Server(
        options,
        folders,
        store,
        queue,
        hub,
        book,
        dispatcher,
        FileChoices(folders),
        logs,
        endings,
        webhooks,
        upload_limit_bytes,
    )


def describe_features(upload_limit_bytes: int) -> dict[str, Any]:
    """What this server understands beyond the first version of the wire."""
    return {
        "supports_preview_metadata": True,
        "max_upload_size": upload_limit_bytes,
        "supports_resume": True,
    }
