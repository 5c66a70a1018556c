"""``POST /plan``: the dry run. What would run, whose result is known and why, and what is wrong; nothing is queued."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec
from aiohttp import web

from api.errors import Refusal, json_response, read_json
from api.prompt import ask_node_types, read_submission
from api.server import SERVER
from graph.validate import Checked, node_errors

routes = web.RouteTableDef()

_LIMIT_BYTES: Final = 20_000_000
_QUICK_BYTES: Final = 200_000


@routes.post("/plan")
async def plan_prompt(request: web.Request) -> web.Response:
    """Tell what a run of this prompt would do: {nodes: {id: {state, why}}, node_errors, is_known}.

    state is ``cached``, ``runs`` or ``idle``. is_known is false while the worker is starting or does not answer in
    time; nodes is empty then.
    """
    server = request.app[SERVER]
    body = await read_json(request, _LIMIT_BYTES)
    catalog = await server.book.read()
    try:
        if len(body) <= _QUICK_BYTES:
            _, checked = read_submission(body, catalog, server)
        else:
            _, checked = await asyncio.to_thread(read_submission, body, catalog, server)
    except Refusal as refusal:
        if "node_errors" not in refusal.beside or refusal.code == "no_prompt":
            raise
        return json_response(
            {"nodes": {}, "node_errors": refusal.beside["node_errors"], "error": str(refusal), "is_known": False}
        )
    seat = server.dispatcher.seats[0]
    checked = await ask_node_types(checked, catalog, seat)
    answer: dict[str, Any] = {"node_errors": node_errors(checked.problems, checked.graph)}
    whole = [problem.message for problem in checked.problems if problem.call not in checked.graph.calls]
    if whole:
        answer["error"] = whole[0]
    return json_response({**answer, **await _ask(seat.plan, checked)})


async def _ask(plan: Any, checked: Checked) -> dict[str, Any]:
    if not checked.outputs:
        return {"nodes": {}, "is_known": False}
    try:
        found = await plan(msgspec.json.encode(checked.graph.to_prompt()), checked.outputs)
    except TimeoutError:
        return {"nodes": {}, "is_known": False}
    if found.failure:
        return {"nodes": {}, "is_known": False, "error": found.failure}
    runs, cached = set(found.runs), set(found.cached)
    states = {
        call: {"state": "cached" if call in cached else "runs" if call in runs else "idle", "why": why}
        for call, why in found.why.items()
    }
    return {"nodes": states, "is_known": True}
