"""From the table of routes to a web application: the one place that decodes requests, and turns errors into answers."""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from aiohttp import hdrs, web

from matchmaker.domain.errors import Forbidden, MalformedRequest, NotFound, RequestError, TooLarge, Unauthenticated
from server.accounts import turnstile
from server.auth.forwarded import ClientRequest, is_allowed_origin, is_loopback, require_private, shown_origin
from server.db.accounts.sessions import Login
from server.http.account import credentials
from server.http.account.device_cookie import device_of, set_device
from server.http.body import BODY_MAX, TooSlow, read_body
from server.http.errors import request_error_of, response_for
from server.http.headers import require_readable
from server.http.route import RequestContext, Route
from server.http.services import HttpServices
from server.http.site.pages import SECURITY, PageHandler, PageResource, content_policy
from server.http.transport.fair_turns import Turns
from signaling.wire.errors import InternalError

PROBES = frozenset({"/healthz", "/readyz"})
"""Open to every address: a network that was banned by mistake must not see a dead server."""
PACED = "/v1/"
UNPACED = frozenset({"/v1/ws", "/v1/payments/webhook"})
"""Under `PACED`, and with limits of their own: handshakes, and forged payments; genuine payments are unlimited."""
HSTS_S = 31_536_000
"""How long browsers use https only (RFC 6797): a year. Not for subdomains, which may belong to others."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Whence = Callable[[ClientRequest], str]
"""Returns the client address."""


def build(
    services: HttpServices,
    table: Iterable[Route],
    pages: Mapping[str, PageHandler],
    converse: Handler | None = None,
    *,
    whence: Whence,
    turns: Turns | None = None,
) -> web.Application:
    """Return the application that serves *table* and *pages*, and at `/v1/ws` sockets by *converse*.

    Without *converse* it is for operators, without a rate limit and open to banned addresses: an operator who banned
    their own network can lift the ban there.
    """
    is_public = converse is not None
    app = web.Application(
        client_max_size=BODY_MAX, middlewares=[_guard(services, whence, turns or Turns(), is_public=is_public)]
    )
    app.on_response_prepare.append(_dress(services))
    for route in table:
        # HEAD is allowed where GET is: load balancers use it.
        add = app.router.add_get if route.method == "GET" else partial(app.router.add_route, route.method)
        add(route.path, _serve(services, route, whence, is_public=is_public))
    app.router.register_resource(PageResource(pages))
    if converse is not None:
        app.router.add_get("/v1/ws", _same_origin(services, converse))
    return app


def _serve(services: HttpServices, route: Route, whence: Whence, *, is_public: bool) -> Handler:
    """Return the handler for aiohttp: it decodes the request, calls the route's handler, and writes the answer."""
    body = None if route.body is None else msgspec.json.Decoder(route.body)
    encode = msgspec.json.Encoder().encode

    async def serve(request: web.Request) -> web.StreamResponse:
        if route.private:
            require_private(request)
        address = whence(request)
        device = device_of(request)
        login = None if route.open else await _login(services, route, request, address, is_public=is_public)
        what: object = None
        if body:
            what = _decode(
                body, await read_body(request, within_s=services.settings.body_timeout_s, upload=route.upload)
            )
        elif route.query:
            what = _convert(dict(request.query), route.query)
        call = RequestContext(request, what, address=address, login=login, device=device)
        if route.password:
            await credentials.require_password_header(services, call)
        answer = await route.handler(services, call)
        if isinstance(answer, web.StreamResponse):
            return answer
        if answer is None:
            return web.Response(status=204)
        # no-store: a token, or data of one user, must not stay in a cache.
        headers = {hdrs.CACHE_CONTROL: "no-store"}
        response = web.Response(
            body=encode(answer), status=route.status, content_type="application/json", headers=headers
        )
        if call.new_device is not None:
            set_device(response, call.new_device)
        return response

    return serve


async def _login(services: HttpServices, route: Route, request: web.Request, address: str, *, is_public: bool) -> Login:
    """Return the authenticated caller, if they may use the route."""
    login = await services.authenticator.authenticate(_token(request), address=address, device=device_of(request))
    if is_public and route.path.startswith(PACED):
        services.request_rate.require_account_rate(login.user, request.method)
    if not route.banned:
        services.authenticator.require_valid(login)
    if route.staff:
        await services.moderation.require_staff(login.user, admin=route.admin)
    return login


def _require_allowed_address(services: HttpServices, request: web.Request, whence: Whence, *, is_public: bool) -> None:
    """Check that requests from this address are accepted now."""
    path = request.path
    if not is_public:
        if services.settings.has_private_ops and not is_loopback(request.host):
            raise NotFound("there is nothing here")  # DNS rebinding, see `require_private`
        return
    if services.ip_bans.is_banned and path not in PROBES:
        services.ip_bans.require_not_banned(whence(request))
    if path.startswith(PACED) and path not in UNPACED:
        services.request_rate.require_address_rate(whence(request), request.method)


async def _await_turn(turns: Turns, request: web.Request, whence: Whence) -> None:
    """Return when this request may start; probes do not wait.

    Raises:
        ConnectionError: the client has disconnected.
    """
    if request.path not in PROBES:
        await turns.enter(whence(request))
        if request.transport is None:
            raise ConnectionError


def _same_origin(services: HttpServices, converse: Handler) -> Handler:
    """Return *converse* for allowed origins: browsers do not ask for permission for a WebSocket, so the server checks.

    A request during shutdown is answered with 503, so that the client tries the next process.
    """

    async def serve(request: web.Request) -> web.StreamResponse:
        _require_same_origin(services, request, services.settings.own_origins)
        services.health.require_open()
        return await converse(request)

    return serve


def may_open(services: HttpServices, request: ClientRequest, address: str) -> bool:
    """Return whether *request* may have a socket now; counts and logs nothing."""
    try:
        if services.ip_bans.is_banned:
            services.ip_bans.require_not_banned(address)
        services.health.require_open()
    except RequestError:
        return False
    return is_allowed_origin(request, services.settings.own_origins)


def _require_same_origin(services: HttpServices, request: web.Request, allowed: Sequence[str]) -> None:
    """Check the origin of the page; a refused one is logged, for operators who forgot to allow it."""
    if not is_allowed_origin(request, allowed):
        origin = shown_origin(request.headers.get(hdrs.ORIGIN, ""))
        services.faults.warn("origin_refused", request.method, origin=origin, setting="RONDO_ALLOWED_ORIGINS")
        raise Forbidden(f"pages of {origin} may not connect here; see RONDO_ALLOWED_ORIGINS")


def _guard(services: HttpServices, whence: Whence, turns: Turns, *, is_public: bool) -> Any:
    """Return the middleware that turns every error into an answer of the contract, and counts."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = time.perf_counter()
        try:
            require_readable(request)
            if is_public:
                await _await_turn(turns, request, whence)
            _require_allowed_address(services, request, whence, is_public=is_public)
            if request.method == "OPTIONS" and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers:
                response: web.StreamResponse = _preflight(request, services)
            else:
                response = await handler(request)
        except TooSlow as refusal:
            response = response_for(refusal)
            response.force_close()
        except RequestError as refusal:
            response = response_for(refusal)
        except web.HTTPException as error:
            response = _plain(error, request)
        except ConnectionError:
            # The client has disconnected; there is no one to answer.
            response = response_for(MalformedRequest("the connection was lost"))
        except Exception as fault:  # noqa: BLE001 - reported
            services.metrics.faults += 1
            services.faults.report("http_request_failed", fault, route=_pattern(request))
            response = response_for(InternalError())
        if response.status == 101:
            return response  # a WebSocket that is still open: the hub counts those
        services.metrics.request(_pattern(request), response.status, time.perf_counter() - started)
        return response

    return guard


def _pattern(request: web.Request) -> str:
    """Return the pattern of the path, not the path: clients can request any number of paths."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "none"


def _dress(services: HttpServices) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Return the signal handler that adds security and CORS headers to every answer."""
    settings = services.settings
    policy = content_policy(
        widget=turnstile.ORIGIN if settings.signup_gate == "turnstile" else None,
        files=settings.s3_endpoint if settings.attachments == "s3" else None,
    )
    headers = {**SECURITY, "Content-Security-Policy": policy}
    if (services.settings.public_origin or "").startswith("https:"):
        headers["Strict-Transport-Security"] = f"max-age={HSTS_S}"

    async def dress(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in headers.items():
            response.headers.setdefault(name, value)  # a file has a stricter content policy
        response.headers[hdrs.SERVER] = "rondo"
        origin = request.headers.get(hdrs.ORIGIN)
        if origin and services.settings.allowed_origins:
            response.headers[hdrs.VARY] = hdrs.ORIGIN
            if is_allowed_origin(request, services.settings.allowed_origins):
                response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
                response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = "Retry-After"

    return dress


def _preflight(request: web.Request, services: HttpServices) -> web.Response:
    """Answer a CORS preflight; the token is a header, so no cookies are involved."""
    _require_same_origin(services, request, services.settings.allowed_origins)
    headers = {
        hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, POST, PUT, PATCH, DELETE",
        hdrs.ACCESS_CONTROL_ALLOW_HEADERS: f"Authorization, Content-Type, {credentials.PASSWORD_HEADER}",
        hdrs.ACCESS_CONTROL_MAX_AGE: "7200",
    }
    return web.Response(status=204, headers=headers)


def _plain(error: web.HTTPException, request: web.Request) -> web.StreamResponse:
    """Return the answer of the contract for an error of aiohttp."""
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return response_for(TooLarge(f"a body has at most {BODY_MAX} bytes"))
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        response = response_for(NotFound(f"there is no {request.method} here, only {allowed}"), status=405)
        response.headers[hdrs.ALLOW] = allowed
        return response
    if isinstance(error, web.HTTPNotFound):
        return response_for(NotFound("there is nothing here"))
    if error.status < 400:
        return web.Response(status=error.status, headers=error.headers)
    return response_for(MalformedRequest(error.reason), status=error.status)


def _token(request: web.Request) -> str:
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("send the token as `Authorization: Bearer …`")
    return token.strip()


def _decode(decoder: msgspec.json.Decoder[Any], raw: bytes) -> object:
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise request_error_of(error) from None
    except (ValueError, RecursionError):
        raise MalformedRequest("the body is not JSON", "body") from None


def _convert(query: dict[str, str], kind: type[msgspec.Struct]) -> object:
    try:
        return msgspec.convert(query, kind, strict=False)
    except msgspec.ValidationError as error:
        raise request_error_of(error) from None
