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
    node_pages,
    openapi,
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
    windows,
    words,
)
from api.errors import answer_errors
from api.forward import forward_to_packs
from api.guard import guard, headers_for
from api.policy import content_policy
from api.server import SERVER, Server
from api.static import front_end
from files.gallery import Gallery
from jobs.options import OWN_FRONT_END

_SUBJECTS = (
    *(home, openapi, prompt, plan, queue, history, catalog, memory, system, joining),
    *(files, uploads, gallery, models, packs, templates, people, settings, userdata, windows, words),
)
# As the wire has them: these have one path each.
_SINGLE = (jobs, internal, node_pages)
SUBJECTS = (*_SUBJECTS, *_SINGLE)


def build_app(server: Server, *, token: str, is_loopback: bool) -> web.Application:
    """The application over a server's parts."""
    options = server.options
    root = options.front_end_root.resolve()
    policy = content_policy(root, is_own=root == OWN_FRONT_END.resolve())
    app = web.Application(
        middlewares=[
            answer_errors,
            guard(token, is_loopback=is_loopback, allowed_origin=options.enable_cors_header),
            front_end(root),
            forward_to_packs,
        ],
        client_max_size=server.upload_limit_bytes,
    )
    app[SERVER] = server
    app[catalog.LISTING] = {}
    app[gallery.GALLERY] = Gallery(server.folders)
    app[windows.HOLDERS] = {}
    app.router.add_routes(_twice())
    for subject in _SINGLE:
        app.router.add_routes(subject.routes)
    app.on_response_prepare.append(headers_for(policy, options.enable_cors_header))
    return app


def _twice() -> Iterator[web.AbstractRouteDef]:
    for subject in _SUBJECTS:
        for route in subject.routes:
            assert isinstance(route, web.RouteDef)
            yield route
            if route.path != "/":
                yield web.RouteDef(route.method, "/api" + route.path, route.handler, route.kwargs)
