"""Node packs' own HTTP routes, served by the worker to its server alone, which passes on what it has no route for."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sys
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from jobs.messages import RoutesAre

SECRET_HEADER: Final = "X-Easel-Worker"
_LIMIT_BYTES: Final = 1024**3  # the server bounds what it takes from outside
log = logging.getLogger(__name__)


async def serve_pack_routes(loop: asyncio.AbstractEventLoop) -> RoutesAre | None:
    """Serve what packs registered at a free port of this machine; None if they registered nothing."""
    shim = sys.modules.get("worker.shims.prompt_server")
    if shim is None:
        return None
    server = shim.PromptServer.instance
    server.loop = loop
    routes, resources = list(server.routes), list(server.app.router.resources())
    if not routes and not resources:
        return None
    secret = secrets.token_hex(32)
    app = web.Application(middlewares=[_only_with(secret)], client_max_size=_LIMIT_BYTES)
    for route in routes:
        _add(app, route)
    for resource in resources:
        app.router.register_resource(resource)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return RoutesAre(int(runner.addresses[0][1]), secret)


def _add(app: web.Application, route: Any) -> None:
    try:
        app.router.add_routes([route])
    except (RuntimeError, ValueError) as error:  # two packs want the same path: the first has it
        log.warning("Custom nodes: the route %s is left out: %s", getattr(route, "path", route), error)


def _only_with(secret: str) -> Any:
    """Everybody else on this machine is turned away."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not secrets.compare_digest(request.headers.get(SECRET_HEADER, ""), secret):
            raise web.HTTPForbidden(text="This port is for Easel's server alone.")
        return await handler(request)

    return check
