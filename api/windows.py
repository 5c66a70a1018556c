"""``/windows``: a number for each open window, so that windows, also of other devices, keep their tabs apart."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from aiohttp import web
from msgspec import Struct

from api.described import describe
from api.errors import Refusal, decode, json_response, read_json
from api.people import folder_of
from api.server import SERVER

routes = web.RouteTableDef()

# By the folder of the user and the number: the client that has it, or had it last.
HOLDERS: Final = web.AppKey("HOLDERS", dict[tuple[Path, int], str])
_LIMIT_BYTES: Final = 10_000


class Claim(Struct):
    """The window that asks, by the id of its websocket, and the number that it had before."""

    client_id: str
    number: int | None = None


class Claimed(Struct):
    """The window's number, from 0."""

    number: int


@routes.post("/windows")
@describe(body=Claim, answer=Claimed, errors={409: "no websocket of that id is connected"})
async def claim(request: web.Request) -> web.Response:
    """Give a window its number: the one it has or had, if that is free, else the lowest that is.

    It is the window's as long as its websocket is connected. After a break it has to be asked for again.
    """
    wanted = decode(await read_json(request, _LIMIT_BYTES), Claim)
    hub, holders, user = request.app[SERVER].hub, request.app[HOLDERS], folder_of(request)
    if not hub.hears(wanted.client_id):
        raise Refusal(
            409, "not_connected", f"No websocket of client '{wanted.client_id}' is connected. Open one first."
        )
    taken = {number: client for (whose, number), client in holders.items() if whose == user and hub.hears(client)}
    mine = [number for number, client in taken.items() if client == wanted.client_id]
    for number in mine:
        del taken[number]
    before = [number for number in (*mine, wanted.number) if number is not None and number >= 0]
    lowest = next(number for number in range(len(taken) + 1) if number not in taken)
    given = next((number for number in before if number not in taken), lowest)
    for number in mine:
        del holders[user, number]
    holders[user, given] = wanted.client_id
    return json_response(Claimed(given))
