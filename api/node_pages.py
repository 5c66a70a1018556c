"""``/docs``: a page on each node type, in Markdown, made from its declaration: the help that web front ends ask for."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from aiohttp import web

from api.described import describe
from api.server import SERVER
from files.errors import NoSuchFile
from graph.spec import MISSING, Choice, Float, Input, Int, NodeSpec, Text, Toggle

routes = web.RouteTableDef()

_MOST_CHOICES: Final = 20


@routes.get("/docs/{node_class}/{language}.md")
@describe(media="text/markdown", errors={404: "there is no such node type"})
async def show_page(request: web.Request) -> web.Response:
    """What a node type does, takes and gives, to read. There is one text for all languages, in English."""
    name = request.match_info["node_class"]
    spec = (await request.app[SERVER].book.read()).get(name)
    if spec is None:
        raise NoSuchFile(f"There is no node type '{name[:80]}'. /object_info lists them.")
    return web.Response(text=write_page(spec), content_type="text/markdown", headers={"Cache-Control": "no-cache"})


def write_page(spec: NodeSpec) -> str:
    """The node type's page."""
    return "\n".join([*_head(spec), *_inputs(spec.inputs), *_outputs(spec)]) + "\n"


def _head(spec: NodeSpec) -> Iterator[str]:
    yield f"# {_plain(spec.display_name or spec.name)}\n"
    if spec.description:
        yield f"{_plain(spec.description)}\n"
    marks = {"an output": spec.is_output, "deprecated": spec.deprecated, "experimental": spec.experimental}
    words = [f"`{_plain(spec.name)}`", _plain(spec.category), *(word for word, is_set in marks.items() if is_set)]
    yield ", ".join(filter(None, words)) + "\n"


def _inputs(inputs: Iterable[Input]) -> Iterator[str]:
    yield from _list("Inputs", [_entry(item.name, item.type, _details(item), item.tooltip) for item in inputs])


def _outputs(spec: NodeSpec) -> Iterator[str]:
    outputs = [_entry(o.name, o.type, ["a list"] if o.is_list else [], o.tooltip) for o in spec.outputs]
    yield from _list("Outputs", outputs)


def _list(title: str, entries: Sequence[str]) -> Iterator[str]:
    """A list, not a table: front ends show it in a narrow column."""
    if entries:
        yield f"## {title}\n"
        yield from entries
        yield ""


def _entry(name: str, type_name: str, details: Sequence[str], tooltip: str) -> str:
    what = "; ".join(filter(None, [type_name, *details]))
    return _line(f"- **{name}** ({what}){': ' if tooltip else ''}{tooltip}")


def _details(item: Input) -> list[str]:
    return ["" if item.required else "optional", _values(item), _default(item)]


def _values(item: Input) -> str:
    match item.kind:
        case Int(min=low, max=high) | Float(min=low, max=high):
            return "" if low is None or high is None else f"{low} to {high}"
        case Toggle(label_on=on, label_off=off):
            return f"{on or 'true'}, {off or 'false'}"
        case Text(multiline=True):
            return "several lines"
        case Choice(folder=folder) if folder:
            return f"a file of {folder}"
        case Choice(options=options):
            more = " ..." if len(options) > _MOST_CHOICES else ""
            return ", ".join(str(option) for option in options[:_MOST_CHOICES]) + more
        case _:
            return ""


def _default(item: Input) -> str:
    return "" if item.default in (MISSING, None, "") else f"at first {item.default}"


def _line(text: str) -> str:
    return _plain(re.sub(r"\s+", " ", text))


def _plain(text: str) -> str:
    """Text in which no pack can hide markup that a front end would run."""
    return html.escape(text, quote=False)
