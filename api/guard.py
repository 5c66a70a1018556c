"""Who may ask: this machine's own pages and programs, or those that show the token."""

from __future__ import annotations

import functools
import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import SplitResult, urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from api.errors import Handler, Refusal

COOKIE: Final = "easel_token"

Signal = Callable[[web.Request, web.StreamResponse], Awaitable[None]]

_CORS: Final = {
    "Access-Control-Allow-Methods": "POST, GET, DELETE, PUT, OPTIONS, PATCH",
    "Access-Control-Allow-Headers": "Content-Type, Authorization",
    "Access-Control-Allow-Credentials": "true",
}


def guard(token: str, *, is_loopback: bool, allowed_origin: str | None = None) -> Middleware:
    """The middleware that refuses foreign pages, foreign names for this machine, and callers without the token.

    ``allowed_origin``: pages from there are not foreign; ``*`` = no page is.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if is_loopback and not is_local_name(request.host):
            message = f"'{request.host[:80]}' is not a name of this machine. Use 127.0.0.1 or localhost."
            raise Refusal(403, "foreign_host", message)
        if not _is_allowed(request, allowed_origin):
            refuse_foreign_page(request)
        if request.method == "OPTIONS" and allowed_origin is not None:
            return web.Response()  # a browser asks before it sends what it really wants
        if token and not shows_token(request, token):
            message = (
                "This server asks for a token. Open the address it printed at its start, or send it as a Bearer token."
            )
            raise Refusal(401, "token_needed", message)
        response = await handler(request)
        if token and not response.prepared and _is_token(request.query.get("token", ""), token):
            response.set_cookie(COOKIE, token, httponly=True, samesite="Strict")
        return response

    return check


def headers_for(policy: str, allowed_origin: str | None = None) -> Signal:
    """What adds to every answer the headers that it carries."""
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        **({"Access-Control-Allow-Origin": allowed_origin, **_CORS} if allowed_origin is not None else {}),
    }

    async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
        for name, value in headers.items():
            response.headers.setdefault(name, value)

    return add_headers


def _is_allowed(request: web.Request, allowed_origin: str | None) -> bool:
    if allowed_origin is None or allowed_origin == "*":
        return allowed_origin == "*"
    return request.headers.get("Origin", "").rstrip("/").lower() == allowed_origin.rstrip("/").lower()


def refuse_foreign_page(request: web.Request) -> None:
    """Refuse what a page of another origin sends, told by Origin, or by Sec-Fetch-Site where there is no Origin.

    A page that a sandbox or a file has no origin of sends ``null``; it is as foreign as any other.
    """
    origin = request.headers.get("Origin")
    if origin is not None:
        if _split(origin).netloc.lower() != request.host.lower():
            raise Refusal(403, "foreign_origin", f"Pages of '{origin[:80]}' may not use this server.")
    elif request.headers.get("Sec-Fetch-Site") == "cross-site" and request.headers.get("Sec-Fetch-Mode") != "navigate":
        raise Refusal(403, "foreign_origin", "Pages of other sites may not use this server.")


def shows_token(request: web.Request, token: str) -> bool:
    """Whether the token comes as Bearer, in the query, or in the cookie."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    shown = [
        bearer if scheme.lower() == "bearer" else "",
        request.query.get("token", ""),
        request.cookies.get(COOKIE, ""),
    ]
    return any(_is_token(text, token) for text in shown)


def _is_token(text: str, token: str) -> bool:
    return hmac.compare_digest(text.encode("utf-8", "replace"), token.encode("utf-8", "replace"))


@functools.lru_cache(maxsize=64)
def is_local_name(host: str) -> bool:
    """Whether a Host header names this machine itself (any other name could be an attacker's, rebound to 127.0.0.1)."""
    name = _split(f"//{host}").hostname or ""
    return name == "localhost" or name.endswith(".localhost") or is_loopback_address(name)


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:  # brackets that enclose no address
        return urlsplit("")


def is_loopback_address(name: str) -> bool:
    """Whether it is a loopback address, written as numbers."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
