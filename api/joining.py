"""``/ws``: a client joins."""

from __future__ import annotations

from aiohttp import web

from api.described import describe
from api.server import SERVER

routes = web.RouteTableDef()


@routes.get("/ws")
@describe(
    query={"clientId": "a name of the client's own", "since": "the seq heard last; 0 asks for numbers from the start"},
    media="websocket",
)
async def join(request: web.Request) -> web.WebSocketResponse:
    """A websocket that tells of the client's jobs (clientId: a name of its own, kept when it comes back).

    since: 0, or the number (seq) of the message heard last: messages then carry numbers, and those missed come again.
    """
    server = request.app[SERVER]

    def say_what_runs(client_id: str) -> None:
        for seat in server.dispatcher.seats:
            live = seat.live
            if live is not None and live.job.client == client_id and (call := live.call_at_work[0]):
                shown = live.place(call)["display_node_id"]
                server.hub.send(client_id, "executing", {"node": call, "display_node": shown, "prompt_id": live.job.id})

    return await server.hub.serve(request, say_what_runs)
