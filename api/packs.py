"""What node packs bring beside nodes: files for the editor, texts in other languages, example workflows, subgraphs."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec
from aiohttp import web
from msgspec import Struct

from api.described import describe
from api.errors import json_response
from api.server import SERVER, Server
from api.static import answer, read
from files.errors import NoSuchFile
from files.names import confine

routes = web.RouteTableDef()
log = logging.getLogger(__name__)

_EXAMPLES: Final = ("example_workflows", "example", "examples", "workflow", "workflows")
_TEXTS: Final = ("main", "nodeDefs", "commands", "settings")


class SubgraphSource(Struct):
    """The pack that brings a subgraph."""

    node_pack: str


class Subgraph(Struct):
    """A subgraph that a pack brings. data: its JSON, as text."""

    source: str
    name: str
    info: SubgraphSource
    data: str | None = None


@routes.get("/extensions")
@describe(answer=list[str])
async def list_extensions(request: web.Request) -> web.Response:
    """The scripts that the editor loads: the front end's own, then those of packs."""
    server = request.app[SERVER]
    return json_response(await asyncio.to_thread(_list_extensions, server))


@routes.get("/packs/failures")
@describe(answer=dict[str, str])
async def list_failures(request: web.Request) -> web.Response:
    """Node packs of which all or a part could not be loaded, and why: for the editor's list of problems."""
    book = request.app[SERVER].book
    await book.read()
    return json_response(book.failures)


@routes.get("/extensions/{pack}/{file:.+}")
@describe(media="text/javascript", errors={404: "there is no such file"})
async def show_extension(request: web.Request) -> web.Response:
    """A file that a pack brings for the editor."""
    server, pack = request.app[SERVER], request.match_info["pack"]
    folders = _web_folders(server)
    root = folders.get(pack) or confine(server.options.front_end_root / "extensions", pack)
    path = confine(root, request.match_info["file"])
    if not path.is_file():
        raise NoSuchFile(f"There is nothing at {request.path}. /extensions lists the scripts of packs.")
    return answer(request, await asyncio.to_thread(read, path), is_hashed=False)


@routes.get("/i18n")
@describe(answer=dict[str, Any])
async def show_texts(request: web.Request) -> web.Response:
    """Texts of packs by language: {language: {nodeDefs, commands, settings ...}}."""
    return json_response(await asyncio.to_thread(_read_texts, request.app[SERVER]))


@routes.get("/workflow_templates")
@describe(answer=dict[str, list[str]])
async def list_templates(request: web.Request) -> web.Response:
    """The example workflows that packs bring, by pack."""
    found: dict[str, list[str]] = {}
    for pack, path in await asyncio.to_thread(_find_examples, request.app[SERVER]):
        found.setdefault(pack, []).append(path.stem)
    return json_response(found)


@routes.get("/workflow_templates/{pack}/{file:.+}")
@describe(media="application/json", errors={404: "there is no such file"})
async def show_template(request: web.Request) -> web.Response:
    """An example workflow of a pack, or the picture beside it."""
    pack = request.match_info["pack"]
    folder = dict(_packs(request.app[SERVER])).get(pack)
    for name in _EXAMPLES:
        if folder is None:
            break
        path = confine(folder / name, request.match_info["file"])
        if path.is_file():
            return answer(request, await asyncio.to_thread(read, path), is_hashed=False)
    raise NoSuchFile(f"There is no such example in {pack[:80]}. /workflow_templates lists them.")


@routes.get("/global_subgraphs")
@describe(answer=dict[str, Subgraph])
async def list_subgraphs(request: web.Request) -> web.Response:
    """The subgraphs that packs bring, by id."""
    return json_response(await asyncio.to_thread(_find_subgraphs, request.app[SERVER], ""))


@routes.get("/global_subgraphs/{id}")
@describe(answer=Subgraph | None)
async def show_subgraph(request: web.Request) -> web.Response:
    """One subgraph with its data; null when there is none of that id."""
    wanted = request.match_info["id"]
    found = await asyncio.to_thread(_find_subgraphs, request.app[SERVER], wanted)
    return json_response(found.get(wanted))


def _packs(server: Server) -> Iterator[tuple[str, Path]]:
    """Folders of packs by name. (A pack switched off by its name, or all of them by an option, does not count.)"""
    options = server.options
    for folder in server.folders.custom_nodes:
        if folder.is_dir():
            for path in sorted(folder.iterdir()):
                if options.disable_all_custom_nodes and path.name not in options.whitelist_custom_nodes:
                    continue
                if path.is_dir() and not path.name.startswith((".", "__")) and not path.name.endswith(".disabled"):
                    yield path.name, path


def _web_folders(server: Server) -> dict[str, Path]:
    return {pack: Path(folder) for pack, folder in server.book.web.items()}


def _list_extensions(server: Server) -> list[str]:
    own = server.options.front_end_root / "extensions"
    found = [f"/extensions/{quote(p.relative_to(own).as_posix())}" for p in _scripts(own)]
    for pack, folder in sorted(_web_folders(server).items()):
        found += [f"/extensions/{quote(pack)}/{quote(p.relative_to(folder).as_posix())}" for p in _scripts(folder)]
    return found


def _scripts(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.js")) if folder.is_dir() else []


def _find_examples(server: Server) -> list[tuple[str, Path]]:
    return [
        (pack, path)
        for pack, folder in _packs(server)
        for name in _EXAMPLES
        if (folder / name).is_dir()
        for path in sorted((folder / name).glob("*.json"))
    ]


def _find_subgraphs(server: Server, wanted: str) -> dict[str, Subgraph]:
    """Subgraphs by id; the wanted one with its data."""
    found = {}
    for pack, folder in _packs(server):
        for path in sorted((folder / "subgraphs").glob("*.json")):
            key = hashlib.sha256(f"{pack}/{path.name}".encode()).hexdigest()
            data = path.read_text("utf-8", "replace") if key == wanted else None
            found[key] = Subgraph("custom_node", path.stem, SubgraphSource(f"custom_nodes.{pack}"), data)
    return found


def _read_texts(server: Server) -> dict[str, Any]:
    texts: dict[str, Any] = {}
    for pack, folder in _packs(server):
        for language in sorted(p for p in (folder / "locales").glob("*") if p.is_dir()):
            for name in _TEXTS:
                path = language / f"{name}.json"
                if not path.is_file():
                    continue
                try:
                    found = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
                except (msgspec.DecodeError, OSError) as error:
                    log.warning("Custom nodes: %s: %s cannot be read: %s", pack, path.name, error)
                    continue
                _merge(texts.setdefault(language.name, {}), found if name == "main" else {name: found})
    return texts


def _merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value
