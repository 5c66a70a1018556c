"""``/words``: the words that the models of this server know, for completing prompts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from api.described import describe
from api.errors import json_response
from api.server import SERVER
from files.folders import Folders

routes = web.RouteTableDef()

_FILE: Final = "words.json"
_LIMIT_BYTES: Final = 1_000_000
_LISTS: Final = ("concepts", "examples", "styles", "colours", "backgrounds", "places", "positions", "sizes", "numbers")


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


def tell_words(folders: Folders) -> str:
    """What the models know, as Markdown: the things by group, then colours, places and so on, a paragraph each."""
    told: dict[str, dict[str, None]] = {}
    for root in folders.roots("checkpoints"):
        known = _read(root.parent / _FILE)
        for item in _items(known, "concepts"):
            if isinstance(item, dict) and isinstance(item.get("word"), str):
                told.setdefault(str(item.get("group", "things")), {})[item["word"]] = None
        for name in _LISTS[2:]:
            for word in _items(known, name):
                if isinstance(word, str):
                    told.setdefault(name, {})[word] = None
    return "\n\n".join(f"**{name}**: {', '.join(words)}" for name, words in told.items())


def _words_of(path: Path) -> Iterator[str]:
    known = _read(path)
    for name in _LISTS:
        for item in _items(known, name):
            if isinstance(item, str):
                yield item
            elif isinstance(item, dict):
                aliases = item.get("aliases")
                words = [item.get("word"), *(aliases if isinstance(aliases, list) else ())]
                yield from (word for word in words if isinstance(word, str))


def _read(path: Path) -> dict[str, Any]:
    """The word list of a file; nothing where it cannot be read."""
    try:
        known = json.loads(path.read_text("utf-8")) if path.stat().st_size <= _LIMIT_BYTES else {}
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _items(known: dict[str, Any], name: str) -> list[Any]:
    items = known.get(name)
    return items if isinstance(items, list) else []
