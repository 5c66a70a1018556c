"""``/templates``: the example workflows that come with Easel, in the form in which web front ends look for them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from api.described import describe
from api.errors import json_response
from api.server import SERVER
from api.thumbnails import draw_thumbnail
from api.words import tell_words
from files.errors import NoSuchFile

routes = web.RouteTableDef()

_FOLDER: Final = Path(__file__).resolve().parent.parent / "workflows"
# A note with this among its properties ends with the words that the models here know.
_WORDS: Final = ("ends with", "words")


@routes.get("/templates/index.json")
@describe(answer=list[dict[str, Any]])
async def list_templates(_: web.Request) -> web.Response:
    """The example workflows by group: name, title, description."""
    groups = {"Easel": _FOLDER, "Learn": _FOLDER / "learn"}
    return json_response(
        [
            {"moduleName": "default", "title": title, "type": "image", "templates": _describe_all(folder)}
            for title, folder in groups.items()
        ]
    )


@routes.get("/templates/index_logo.json")
@describe(answer=dict[str, str])
async def list_logos(_: web.Request) -> web.Response:
    """Logos of those who gave workflows, by name; Easel's own have none."""
    return json_response({})


@routes.get("/templates/{name}.json")
@describe(answer=dict[str, Any], errors={404: "there is no such workflow"})
async def show_template(request: web.Request) -> web.Response:
    """One example workflow, as a file of the editor."""
    path = _find(request.match_info["name"])
    workflow = json.loads(path.read_bytes())
    words = await asyncio.to_thread(tell_words, request.app[SERVER].folders)
    for node in workflow["nodes"]:
        if _WORDS in node.get("properties", {}).items():
            node["widgets_values"] = [f"{node['widgets_values'][0]}\n\n{words}"]
    body = json.dumps(workflow).encode()
    return web.Response(body=body, content_type="application/json", headers={"Cache-Control": "no-cache"})


@routes.get("/templates/{name}-1.webp")
@describe(media="image/webp", errors={404: "there is no such workflow"})
async def show_thumbnail(request: web.Request) -> web.Response:
    """One example workflow, drawn small."""
    path = _find(request.match_info["name"])
    data = await asyncio.to_thread(lambda: draw_thumbnail(json.loads(path.read_bytes())))
    return web.Response(body=data, content_type="image/webp", headers={"Cache-Control": "no-cache"})


def _find(name: str) -> Path:
    path = next((path for path in _FOLDER.rglob("*.json") if path.stem == name), None)
    if path is None:
        raise NoSuchFile(f"There is no template '{name[:80]}'. /templates/index.json lists them.")
    return path


def _describe_all(folder: Path) -> list[dict[str, Any]]:
    return [_describe(path) for path in sorted(folder.glob("*.json"))]


def _describe(path: Path) -> dict[str, Any]:
    """What a list shows of a workflow: its first note says what it is for."""
    nodes = json.loads(path.read_bytes()).get("nodes", [])
    notes = [n["widgets_values"][0] for n in nodes if n["type"] in ("Note", "MarkdownNote") and n.get("widgets_values")]
    return {
        "name": path.stem,
        "title": path.stem.replace("-", " ").capitalize(),
        "description": notes[0] if notes else "",
        "mediaType": "image",
        "mediaSubtype": "webp",
    }
