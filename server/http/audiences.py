"""The public listener and the listener for operators, made of one table of routes."""

from collections.abc import Iterable, Mapping

import msgspec
from aiohttp import web

from server.auth.forwarded import require_private
from server.config.settings import Settings
from server.http.account import auth, me
from server.http.route import Route
from server.http.site import health, specs
from server.http.site.pages import PageHandler

OPERATOR_PAGE_NEEDS = (auth.log_in, auth.log_out, me.show)
"""Routes that the moderators' page uses beside those for moderators only."""
ADMIN = ("/admin.", "/admin/")
"""The prefix of the files of that page."""
FOR_OPERATORS = (*OPERATOR_PAGE_NEEDS, health.alive, health.ready, health.metrics, specs.openapi)


def public(table: Iterable[Route], settings: Settings) -> list[Route]:
    """Return the public routes: without friends if RONDO_FRIENDS is off, and without metrics and the moderation desk
    unless the settings allow them.
    """
    routes = []
    for route in table:
        if not settings.friends:
            if route.people:
                continue
            route = msgspec.structs.replace(route, body=route.body_without_people or route.body)  # noqa: PLW2901
        wish = _is_public(route, settings)
        if wish is False or (wish is None and not settings.is_private):
            continue
        if wish is None:
            route = msgspec.structs.replace(route, private=True)  # noqa: PLW2901
        routes.append(route)
    return routes


def operators(table: Iterable[Route], settings: Settings) -> list[Route]:
    """Return the routes of operators and moderators, for a listener of their own."""
    return [
        route
        for route in table
        if (route.staff and (settings.friends or not route.people)) or route.handler in FOR_OPERATORS
    ]


def public_pages(pages: Mapping[str, PageHandler], settings: Settings) -> dict[str, PageHandler]:
    """Return the public pages: without the moderation desk, unless the settings allow it."""
    shown = {}
    for path, handler in pages.items():
        if path == "/admin" or path.startswith(ADMIN):
            if settings.public_admin:
                shown[path] = handler
            elif settings.public_admin is None and settings.is_private:
                shown[path] = _private_page(handler)
        else:
            shown[path] = handler
    return shown


def operators_pages(pages: Mapping[str, PageHandler]) -> dict[str, PageHandler]:
    """Return the pages for operators: all but the product's own page, which has no WebSocket there."""
    return {path: handler for path, handler in pages.items() if path not in ("/", "/index.html")}


def _is_public(route: Route, settings: Settings) -> bool | None:
    """Return whether *route* is public; None: only to clients on this machine."""
    if route.handler is health.metrics:
        return settings.public_metrics
    return settings.public_admin if route.staff else True


def _private_page(handler: PageHandler) -> PageHandler:
    async def serve(request: web.Request) -> web.StreamResponse:
        require_private(request)
        return await handler(request)

    return serve
