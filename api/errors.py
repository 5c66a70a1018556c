"""Answers for what cannot be done: a status, and a sentence that says what to do."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import msgspec
from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError

from files.errors import FileProblem, NoSuchFile, OutsideFolder

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refusal(Exception):
    """A request that is answered with an error. ``beside`` goes into the body next to it (``node_errors``).

    ``is_bare``: the body is ``{"error": message}``, as clients of some routes have it.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: str = "",
        beside: Mapping[str, Any] | None = None,
        *,
        is_bare: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.details = details
        self.beside = dict(beside or {})
        self.is_bare = is_bare


def json_response(value: Any, status: int = 200) -> web.Response:
    """Any value as a JSON answer."""
    return web.Response(body=msgspec.json.encode(value, enc_hook=str), status=status, content_type="application/json")


@contextmanager
def forbidding_escape() -> Iterator[None]:
    """Names that lead out of their folder are forbidden (403) in here, as some routes of the field have it."""
    try:
        yield
    except OutsideFolder as error:
        raise Refusal(403, "outside_folder", str(error)) from error


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into a status and a sentence."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return _answer(refusal)
    except NoSuchFile as error:
        return _answer(Refusal(404, "no_such_file", str(error)))
    except FileProblem as error:
        return _answer(Refusal(400, "bad_file", str(error)))
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _answer(Refusal(error.status, _CODES.get(error.status, "error"), _sentence(request, error)))
    except ConnectionError:  # the client left; nobody reads an answer
        raise
    except RequestPayloadError:
        encoding = request.headers.get("Content-Encoding", "")
        said = f"it is not packed as its Content-Encoding says ({encoding})" if encoding else "it is cut short"
        return _answer(Refusal(400, "bad_body", f"The body cannot be read: {said}. Send it again, or as it is."))
    except Exception:  # the HTTP border: a bug of ours is logged whole, and the server goes on
        log.exception("Easel itself failed to answer %s %s", request.method, request.path)
        message = "Easel itself failed to answer this request. The server's log has the details."
        return _answer(Refusal(500, "internal_error", message))


async def read_json(request: web.Request, limit_bytes: int) -> bytes:
    """The body, if it is not too large. (It is left undecoded: each route knows what it expects.)"""
    if (request.content_length or 0) > limit_bytes:
        raise _too_large(request.content_length or 0, limit_bytes)
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limit_bytes:
            raise _too_large(len(body), limit_bytes)
    return bytes(body)


def decode(body: bytes, shape: type[Any] | Any) -> Any:
    """The body as a value of that type; a Refusal says what is wrong with it."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise Refusal(400, "invalid_body", explain(str(error))) from error
    except msgspec.DecodeError as error:
        raise Refusal(400, "invalid_json", _explain_bad_json(body, str(error))) from error
    except RecursionError as error:
        raise Refusal(400, "invalid_json", "The body is nested too deeply.") from error


def _explain_bad_json(body: bytes, said: str) -> str:
    """What is wrong with a body that is no JSON. ``said``: msgspec's words, which end with the place."""
    place = re.search(r"\(byte (\d+)\)", said)
    number = _NO_NUMBER.match(body, int(place[1])) if place else None
    if number is not None:
        name = number[0].decode()
        return f"The body is not valid JSON: it says {name} at byte {number.start()}. JSON has only finite numbers."
    return f"The body is not valid JSON: {said}."


# What some programs write for numbers that JSON does not have; msgspec stops at their first letter.
_NO_NUMBER: Final = re.compile(rb"NaN|Infinity")

_WORDS: Final = {
    "object": "an object",
    "array": "a list",
    "str": "text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
}


def explain(message: str) -> str:
    """msgspec's message in plain words: ``number has to be a number or null, not text.``"""
    match = re.fullmatch(r"Expected `(.+?)`, got `(.+?)`(?: - at `\$\.?(.*)`)?", message)
    if not match:
        return f"The body cannot be used: {message}."
    wanted = " or ".join(_WORDS.get(part, part) for part in match[1].split(" | "))
    return f"{match[3] or 'The body'} has to be {wanted}, not {_WORDS.get(match[2], match[2])}."


def read_number(request: web.Request, name: str, default: int) -> int:
    """A whole number from the query."""
    text = request.query.get(name)
    if text is None or text == "":
        return default
    if not re.fullmatch(r"-?\d{1,12}", text, re.ASCII):
        raise Refusal(400, "invalid_query", f"{name} has to be a whole number, not '{text[:40]}'.")
    return int(text)


_CODES: Final = {404: "no_such_route", 405: "wrong_method", 413: "too_large"}


def _sentence(request: web.Request, error: web.HTTPException) -> str:
    match error:
        case web.HTTPNotFound():
            return f"There is nothing at {request.path}. /openapi.html lists the routes."
        case web.HTTPMethodNotAllowed():
            allowed = ", ".join(sorted(error.allowed_methods))
            return f"{request.path} does not take {request.method}; use {allowed}."
        case web.HTTPRequestEntityTooLarge():
            return "The body is too large. Start the server with a larger --max-upload-size (megabytes) to allow it."
        case _:
            return f"The request cannot be answered: {error.reason}."


def _too_large(size: int, limit_bytes: int) -> Refusal:
    size_mb, limit_mb = size / 1e6, limit_bytes / 1e6
    message = f"The body has {size_mb:.0f} MB; at most {limit_mb:.0f} MB are read here. Send pictures to /upload/image."
    return Refusal(413, "too_large", message)


def _answer(refusal: Refusal) -> web.Response:
    if refusal.is_bare:
        return json_response({"error": str(refusal)}, refusal.status)
    error = {"type": refusal.code, "message": str(refusal), "details": refusal.details, "extra_info": {}}
    return json_response({"error": error, **refusal.beside}, refusal.status)
