"""``/free``: give memory back."""

from __future__ import annotations

from typing import Final

from aiohttp import web
from msgspec import Struct

from api.described import describe
from api.errors import decode, read_json
from api.server import SERVER
from jobs.messages import Free

routes = web.RouteTableDef()

_LIMIT_BYTES: Final = 10_000


class Freed(Struct):
    """What to give back: loaded models; free_memory: these and all kept results."""

    unload_models: bool = False
    free_memory: bool = False


@routes.post("/free")
@describe(body=Freed)
async def free(request: web.Request) -> web.Response:
    """Give memory back as soon as no job runs."""
    body = await read_json(request, _LIMIT_BYTES)
    wish = decode(body, Freed) if body.strip() else Freed(True, True)
    for seat in request.app[SERVER].dispatcher.seats:
        seat.send(Free(wish.unload_models or wish.free_memory, wish.free_memory))
    return web.Response()
