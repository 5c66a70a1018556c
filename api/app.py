"""The application: every route at its own path and again below /api, behind the guard."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import web

from api import (
    catalog,
    files,
    gallery,
    history,
    home,
    internal,
    jobs,
    joining,
    memory,
    models,
    packs,
    people,
    plan,
    prompt,
    queue,
    settings,
    system,
    templates,
    uploads,
    userdata,
)
from api.errors import answer_errors
from api.guard import add_headers, guard
from api.server import SERVER, Server
from api.static import front_end
from files.gallery import Gallery

_SUBJECTS = (
    *(home, prompt, plan, queue, history, catalog, memory, system, joining),
    *(files, uploads, gallery, models, packs, templates, people, settings, userdata),
)
# As the wire has them: these have one path each.
_SINGLE = (jobs, internal)


def build_app(server: Server, *, token: str, is_loopback: bool) -> web.Application:
    """The application over a server's parts."""
    app = web.Application(
        middlewares=[
            answer_errors,
            guard(token, is_loopback=is_loopback),
            front_end(server.options.front_end_root.resolve()),
        ],
        client_max_size=server.upload_limit_bytes,
    )
    app[SERVER] = server
    app[catalog.LISTING] = {}
    app[gallery.GALLERY] = Gallery(server.folders)
    app.router.add_routes(_twice())
    for subject in _SINGLE:
        app.router.add_routes(subject.routes)
    app.on_response_prepare.append(add_headers)
    return app


def _twice() -> Iterator[web.AbstractRouteDef]:
    for subject in _SUBJECTS:
        for route in subject.routes:
            assert isinstance(route, web.RouteDef)
            yield route
            if route.path != "/":
                yield web.RouteDef(route.method, "/api" + route.path, route.handler, route.kwargs)
