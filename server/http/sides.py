"""What is served to everybody, and what to operators alone: two listeners, made of one table."""

from collections.abc import Iterable
from functools import wraps

import msgspec
from aiohttp import web

from matchmaker.errors import NotFound
from server.http import auth, documents, health, me
from server.http.address import is_forwarded
from server.http.desk import Desk
from server.http.route import Call, Handler, Route
from server.settings import Settings

DESK_NEEDS = (auth.log_in, auth.log_out, me.show)
"""What the moderators' page asks for beside what only moderators may ask."""
ADMIN = ("/admin.", "/admin/")
"""How the files of that page begin."""
FOR_OPERATORS = (*DESK_NEEDS, health.alive, health.ready, health.metrics, documents.openapi)


def public(table: Iterable[Route], settings: Settings) -> list[Route]:
    """Return what everybody is served: without figures and the moderators' desk, unless the settings ask for them."""
    routes = []
    for route in table:
        if route.handler is health.metrics:
            if not _asked(settings.public_metrics, settings):
                continue
            if not settings.public_metrics:
                # A listener on loopback is often behind a proxy on the same machine, and nobody thinks of this page.
                route = msgspec.structs.replace(route, handler=_unforwarded(route.handler))  # noqa: PLW2901
        if route.staff and not _asked(settings.public_admin, settings):
            continue
        routes.append(route)
    return routes


def operators(table: Iterable[Route]) -> list[Route]:
    """Return what operators and moderators are served on a listener of their own."""
    return [route for route in table if route.staff or route.handler in FOR_OPERATORS]


def public_pages(pages: Iterable[web.RouteDef], settings: Settings) -> list[web.RouteDef]:
    """Return the pages for everybody: without the moderators', unless the settings ask for it."""
    shown = _asked(settings.public_admin, settings)
    return [page for page in pages if shown or not (page.path == "/admin" or page.path.startswith(ADMIN))]


def operators_pages(pages: Iterable[web.RouteDef]) -> list[web.RouteDef]:
    """Return the pages for operators: all but the product's own, which would find nobody to talk to."""
    return [page for page in pages if page.path not in ("/", "/index.html")]


def _asked(wish: bool | None, settings: Settings) -> bool:
    return settings.is_private if wish is None else wish


def _unforwarded(handler: Handler) -> Handler:
    """Return *handler* for whoever asks directly; through a proxy there is nothing."""

    @wraps(handler)
    async def serve(desk: Desk, call: Call[None]) -> object:
        if is_forwarded(call.request):
            raise NotFound("there is nothing here")
        return await handler(desk, call)

    return serve
