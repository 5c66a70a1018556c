"""An OpenAPI document as a page to read."""

from __future__ import annotations

import html
import json
import re
from typing import Any, Final

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Easel's API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem }}
summary {{ cursor: pointer; padding: .35rem 0 }} details {{ border-bottom: 1px solid #8884 }}
summary b {{ display: inline-block; width: 4.5rem; font: 600 13px ui-monospace, monospace }}
code, pre {{ font: 13px ui-monospace, monospace }} pre {{ overflow: auto; padding: .6rem; background: #8881 }}
td {{ padding: .1rem 1rem .1rem 0; vertical-align: top }} summary span {{ opacity: .75 }}
</style></head><body>
<h1>Easel's API</h1>
<p>{text} For programs: <a href="openapi.json">openapi.json</a>.</p>
{routes}
<h2>Shapes</h2>
{shapes}
</body></html>
"""


def draw_page(document: dict[str, Any]) -> str:
    """The document as a page without scripts."""
    parts = [
        _draw_route(method.upper(), path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    shapes = [
        f'<details id="{html.escape(name)}"><summary><code>{html.escape(name)}</code> '
        f"<span>{html.escape(str(schema.get('description', '')))}</span></summary>{_draw_schema(schema)}</details>"
        for name, schema in document["components"]["schemas"].items()
    ]
    text = html.escape(document["info"]["description"])
    return _PAGE.format(text=text, routes="\n".join(parts), shapes="\n".join(shapes))


def _draw_route(method: str, path: str, operation: dict[str, Any]) -> str:
    inside = [f"<p>{html.escape(operation['description'])}</p>" if "description" in operation else ""]
    rows = [(p["name"], p["in"], p.get("description", "")) for p in operation.get("parameters", ())]
    rows += [(status, "answer", r["description"]) for status, r in operation["responses"].items()]
    cells = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    inside.append(f"<table>{cells}</table>")
    for title, content in (
        ("Body", operation.get("requestBody", {}).get("content", {})),
        ("Answer", operation["responses"]["200"].get("content", {})),
    ):
        for media, described in content.items():
            inside.append(f"<p>{title}: <code>{html.escape(media)}</code></p>{_draw_schema(described.get('schema'))}")
    return (
        f"<details><summary><b>{method}</b><code>{html.escape(path)}</code> "
        f"<span>{html.escape(operation['summary'])}</span></summary>{''.join(inside)}</details>"
    )


def _draw_schema(schema: Any) -> str:
    if not schema:
        return ""
    text = html.escape(json.dumps(schema, indent=1), quote=False)
    linked = re.sub(r"#/components/schemas/(\w+)", r'<a href="#\1">\1</a>', text)
    return f"<pre>{linked}</pre>"
