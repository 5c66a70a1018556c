"""``python server.py``: from the options to a server that runs until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import ssl
import sys
from contextlib import closing
from typing import Final
from urllib.parse import quote

from aiohttp import web

from api.app import build_app
from api.broken_requests import InOneLine
from api.guard import is_loopback_address
from api.server import build_server
from files.errors import FileProblem
from files.folders import Folders
from jobs.lock import AlreadyServed, hold
from jobs.options import ServeOptions
from jobs.places import open_folders
from jobs.schema import ForeignDatabase
from jobs.store import JobStore

log = logging.getLogger(__name__)

_WRONG_COMMAND: Final = 2
_SHUTDOWN_S: Final = 1.0


def serve(options: ServeOptions) -> int:
    """Serve until Ctrl-C or SIGTERM; returns the exit code. What prevents a start is said in one sentence."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("aiohttp.server").addFilter(InOneLine())
    # The thread that commits jobs waits for the interpreter between requests. At the default of 5 ms the slowest of 32
    # clients waited half as long again (p95 of a paced load: 11 ms against 8, on two busy cores).
    sys.setswitchinterval(0.0005)
    try:
        folders = open_folders(options)
        secured = open_tls(options)
        claim = hold(folders.user)
        store = JobStore(folders.user / "jobs.sqlite", history_limit=options.history_limit)
    except (FileProblem, AlreadyServed, ForeignDatabase, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return _WRONG_COMMAND
    with closing(claim):
        return asyncio.run(_serve(options, folders, store, secured))


async def _serve(options: ServeOptions, folders: Folders, store: JobStore, secured: ssl.SSLContext | None) -> int:
    server = build_server(options, folders, store)
    is_loopback = is_loopback_address(options.listen)
    token = options.token or os.environ.get("EASEL_TOKEN", "") or ("" if is_loopback else secrets.token_urlsafe(24))
    runner = web.AppRunner(build_app(server, token=token, is_loopback=is_loopback), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, options.listen, options.port, shutdown_timeout=_SHUTDOWN_S, ssl_context=secured)
        await site.start()
    except OSError as error:
        sys.stderr.write(f"Cannot listen on {options.listen}:{options.port}: {error.strerror}. Give another --port.\n")
        await runner.cleanup()
        store.close()
        return _WRONG_COMMAND
    server.start()
    _say_where(runner, options.listen, token, "http" if secured is None else "https")
    await _wait_for_end()
    log.info("Stopping; what runs and waits continues at the next start.")
    await server.stop()
    await runner.cleanup()
    return 0


def open_tls(options: ServeOptions) -> ssl.SSLContext | None:
    """What https needs, None for http. Raises FileProblem when key or certificate is missing, or they do not fit."""
    key, certificate = options.tls_keyfile, options.tls_certfile
    if key is None and certificate is None:
        return None
    if key is None or certificate is None:
        raise FileProblem("https needs both --tls-keyfile and --tls-certfile.")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")
    except (ssl.SSLError, OSError, ValueError) as error:
        raise FileProblem(f"{certificate.name} and {key.name} are not a certificate and its key: {error}.") from error
    return context


def _say_where(runner: web.AppRunner, listen: str, token: str, scheme: str) -> None:
    port = runner.addresses[0][1]
    host = f"[{listen}]" if ":" in listen else listen
    tail = f"/?token={quote(token)}" if token else ""
    sys.stdout.write(f"Easel serves at {scheme}://{host}:{port}{tail}\n")
    sys.stdout.flush()


async def _wait_for_end() -> None:
    """Until SIGINT or SIGTERM."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, ended.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(ended.set))
    await ended.wait()
