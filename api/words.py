"""``/words``: the words that the models of this server know, for completing prompts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from aiohttp import web

from api.described import describe
from api.errors import json_response
from api.server import SERVER
from files.folders import Folders

routes = web.RouteTableDef()

_FILE: Final = "words.json"
_LIMIT_BYTES: Final = 1_000_000
_LISTS: Final = ("concepts", "examples", "styles", "colours", "backgrounds", "places", "positions", "sizes")


@routes.get("/words")
@describe(answer=list[str])
async def list_words(request: web.Request) -> web.Response:
    """What can be asked of the models that came with a list of their words, each once, in the lists' order."""
    return json_response(await asyncio.to_thread(read_words, request.app[SERVER].folders))


def read_words(folders: Folders) -> list[str]:
    """The words of every ``words.json`` beside a folder of checkpoints. A file that cannot be read has none."""
    found: dict[str, None] = {}
    for root in folders.roots("checkpoints"):
        found.update(dict.fromkeys(_words_of(root.parent / _FILE)))
    return list(found)


def _words_of(path: Path) -> Iterator[str]:
    try:
        known = json.loads(path.read_text("utf-8")) if path.stat().st_size <= _LIMIT_BYTES else {}
    except (OSError, ValueError):
        return
    if not isinstance(known, dict):
        return
    for name in _LISTS:
        for item in known.get(name) or ():
            word = item.get("word") if isinstance(item, dict) else item
            if isinstance(word, str):
                yield word
