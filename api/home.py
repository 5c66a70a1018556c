"""``/`` where there is no front end: the editor was not built, or the folder that was given holds no start page."""

from __future__ import annotations

from aiohttp import web

from api.described import describe

routes = web.RouteTableDef()

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Easel</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}</style></head><body>
<h1>Easel</h1>
<p>The server runs, but its folder of web pages holds no index.html. Build the editor (<code>web/README.md</code>), or
give another folder with <code>--front-end-root</code>. Until then, use <a href="openapi.html">the API</a>, or run a
workflow from the command line: <code>python server.py run FILE</code>.</p>
</body></html>
"""


@routes.get("/")
@describe(media="text/html")
async def show_home(_: web.Request) -> web.Response:
    """The editor."""
    return web.Response(text=_PAGE, content_type="text/html", headers={"Cache-Control": "no-cache"})
