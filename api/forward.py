"""Requests that no route takes go on to the worker, where node packs have routes of their own."""

from __future__ import annotations

from typing import Final

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

from api.errors import Handler, Refusal
from api.server import SERVER

_SECRET_HEADER: Final = "X-Easel-Worker"
_ANSWER_S: Final = 300.0
# What concerns one connection only, and not the next.
_HOP_BY_HOP: Final = frozenset(
    ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailers", "transfer-encoding")
)
_NOT_SENT: Final = _HOP_BY_HOP | {
    "host",
    "upgrade",
    "content-length",
    "authorization",
    "cookie",
    _SECRET_HEADER.lower(),
}
_NOT_ANSWERED: Final = _HOP_BY_HOP | {"content-length", "content-encoding", "date", "server"}


@web.middleware
async def forward_to_packs(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let the packs answer if no route here does; if they have none either, the answer is as without them."""
    error = request.match_info.http_exception
    packs = request.app[SERVER].pack_routes
    if error is None or error.status not in (404, 405) or packs is None:
        return await handler(request)
    path = request.rel_url.raw_path
    path = path.removeprefix("/api") if path.startswith("/api/") else path
    url = f"http://127.0.0.1:{packs.port}{path}"
    headers = _without(request.headers, _NOT_SENT)
    headers[_SECRET_HEADER] = packs.secret
    body = await request.read() if request.can_read_body else None
    timeout = aiohttp.ClientTimeout(total=_ANSWER_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.request(
                request.method, url, params=request.rel_url.query, headers=headers, data=body, allow_redirects=False
            ) as answer,
        ):
            if answer.status == error.status == 404 and not answer.headers.get("Content-Type", "").startswith(
                "application/json"
            ):
                return await handler(request)
            content = await answer.read()
            return web.Response(body=content, status=answer.status, headers=_without(answer.headers, _NOT_ANSWERED))
    except (aiohttp.ClientError, TimeoutError):
        message = "The worker, where this node pack's route lives, does not answer. Try again in a moment."
        raise Refusal(502, "worker_does_not_answer", message) from None


def _without(headers: object, names: frozenset[str]) -> CIMultiDict[str]:
    assert hasattr(headers, "items")
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in names)
