"""``/settings``: what a user has set in the editor, kept in one JSON file each."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final

import msgspec
from aiohttp import web

from api.described import describe
from api.errors import decode, json_response, read_json
from api.people import folder_of
from files.write import write_whole

routes = web.RouteTableDef()
log = logging.getLogger(__name__)

_NAME: Final = "comfy.settings.json"
_LIMIT_BYTES: Final = 5_000_000


@routes.get("/settings")
@describe(answer=dict[str, Any])
async def show_settings(request: web.Request) -> web.Response:
    """All settings."""
    return json_response(read_settings(folder_of(request)))


@routes.get("/settings/{id}")
@describe(answer=Any)
async def show_setting(request: web.Request) -> web.Response:
    """One setting; null when it was never set."""
    return json_response(read_settings(folder_of(request)).get(request.match_info["id"]))


@routes.post("/settings")
@describe(body=dict[str, Any])
async def change_settings(request: web.Request) -> web.Response:
    """Set several settings; the others stay."""
    changes = decode(await read_json(request, _LIMIT_BYTES), dict[str, Any])
    _merge(folder_of(request), changes)
    return web.Response()


@routes.post("/settings/{id}")
@describe(body=Any)
async def change_setting(request: web.Request) -> web.Response:
    """Set one setting to the value in the body."""
    value = decode(await read_json(request, _LIMIT_BYTES), Any)
    _merge(folder_of(request), {request.match_info["id"]: value})
    return web.Response()


def read_settings(folder: Path) -> dict[str, Any]:
    """The settings of a user. A file that cannot be read is put aside, so that the editor starts all the same."""
    path = folder / _NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except FileNotFoundError:
        return {}
    except msgspec.DecodeError as error:
        aside = path.with_suffix(".broken.json")
        path.replace(aside)
        log.warning(
            "The settings were no JSON (%s); they now lie in %s, and all settings are as at first.", error, aside
        )
        return {}


def _merge(folder: Path, changes: dict[str, Any]) -> None:
    # Read and written without a pause, so two changes at once cannot undo each other; the file has a few kilobytes.
    data = msgspec.json.encode({**read_settings(folder), **changes})
    write_whole(folder / _NAME, msgspec.json.format(data))
