"""From the table to a web application: the one place where requests are decoded, and refusals become answers."""

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any

import msgspec
from aiohttp import hdrs, web

from matchmaker.errors import BadFrame, Forbidden, NotFound, Refusal, TooLarge, Unauthenticated
from server import turnstile
from server.http import credentials
from server.http.address import Asker, insist_private, is_loopback, is_welcome, shown_origin
from server.http.body import BODY_MAX, TooSlow, read_body
from server.http.desk import Desk
from server.http.device import device_of, set_device
from server.http.headers import insist_readable
from server.http.pages import SECURITY, content_policy
from server.http.refusal import refusal_of, response_for
from server.http.route import Call, Route
from server.http.turns import Turns
from server.ledger.sessions import Login
from signaling.errors import Internal

PROBES = frozenset({"/healthz", "/readyz"})
"""Open to every address: a network that was banned by mistake must not look like a dead server."""
PACED = "/v1/"
UNPACED = frozenset({"/v1/ws", "/v1/payments/webhook"})
"""Under `PACED`, and with limits of their own: handshakes, and forged payments; a provider's are never too many."""
HSTS_S = 31_536_000
"""How long browsers come by https only (RFC 6797): a year. Not for subdomains, which may belong to others."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Whence = Callable[[Asker], str]
"""Returns the address that asks."""


def build(
    desk: Desk,
    table: Iterable[Route],
    pages: Iterable[web.RouteDef],
    converse: Handler | None = None,
    *,
    whence: Whence,
    turns: Turns | None = None,
) -> web.Application:
    """Return the application that serves *table* and *pages*, and at `/v1/ws` holds conversations with *converse*.

    Without conversations it is for operators, without a rate and open to banned addresses: whoever banned their own
    network by mistake mends it there.
    """
    is_public = converse is not None
    app = web.Application(
        client_max_size=BODY_MAX, middlewares=[_guard(desk, whence, turns or Turns(), is_public=is_public)]
    )
    app.on_response_prepare.append(_dress(desk))
    for route in table:
        # Where one may GET one may HEAD: load balancers do.
        add = app.router.add_get if route.method == "GET" else partial(app.router.add_route, route.method)
        add(route.path, _serve(desk, route, whence, is_public=is_public))
    app.add_routes(pages)
    if converse is not None:
        app.router.add_get("/v1/ws", _same_origin(desk, converse))
    return app


def _serve(desk: Desk, route: Route, whence: Whence, *, is_public: bool) -> Handler:
    """Return what aiohttp calls: it understands the request, asks the route's handler, and writes the answer."""
    body = None if route.body is None else msgspec.json.Decoder(route.body)
    encode = msgspec.json.Encoder().encode

    async def serve(request: web.Request) -> web.StreamResponse:
        if route.private:
            insist_private(request)
        address = whence(request)
        device = device_of(request)
        login = None if route.open else await _login(desk, route, request, address, is_public=is_public)
        what: object = None
        if body:
            what = _decode(body, await read_body(request, within_s=desk.settings.body_timeout_s, upload=route.upload))
        elif route.query:
            what = _convert(dict(request.query), route.query)
        call = Call(request, what, address=address, login=login, device=device)
        if route.password:
            await credentials.insist_on_header(desk, call)
        answer = await route.handler(desk, call)
        if isinstance(answer, web.StreamResponse):
            return answer
        if answer is None:
            return web.Response(status=204)
        # no-store: a token, or what only one person may see, must not stay in a cache.
        headers = {hdrs.CACHE_CONTROL: "no-store"}
        response = web.Response(
            body=encode(answer), status=route.status, content_type="application/json", headers=headers
        )
        if call.new_device is not None:
            set_device(response, call.new_device)
        return response

    return serve


async def _login(desk: Desk, route: Route, request: web.Request, address: str, *, is_public: bool) -> Login:
    """Return who asks, if they may."""
    login = await desk.door.enter(_token(request), address=address, device=device_of(request))
    if is_public and route.path.startswith(PACED):
        desk.pace.insist_on_account(login.user, request.method)
    if not route.banned:
        desk.door.insist(login)
    if route.staff:
        await desk.moderation.insist_on_staff(login.user, admin=route.admin)
    return login


def _insist_on_address(desk: Desk, request: web.Request, whence: Whence, *, is_public: bool) -> None:
    """Return if requests from this address are taken now."""
    path = request.path
    if not is_public:
        if desk.settings.has_private_ops and not is_loopback(request.host):
            raise NotFound("there is nothing here")  # DNS rebinding, see `insist_private`
        return
    if desk.gate.is_shut and path not in PROBES:
        desk.gate.insist(whence(request))
    if path.startswith(PACED) and path not in UNPACED:
        desk.pace.insist_on_address(whence(request), request.method)


async def _await_turn(turns: Turns, request: web.Request, whence: Whence) -> None:
    """Return when this request may begin; probes do not wait.

    Raises:
        ConnectionError: the client has disconnected.
    """
    if request.path not in PROBES:
        await turns.enter(whence(request))
        if request.transport is None:
            raise ConnectionError


def _same_origin(desk: Desk, converse: Handler) -> Handler:
    """Return *converse* for pages that may talk to us: browsers ask no permission for a WebSocket, so we look.

    A request during shutdown is answered with 503, so that the client tries the next process.
    """

    async def serve(request: web.Request) -> web.StreamResponse:
        _insist_on_origin(desk, request, desk.settings.own_origins)
        desk.health.insist_open()
        return await converse(request)

    return serve


def may_open(desk: Desk, request: Asker, address: str) -> bool:
    """Tell whether *request* may have a socket now; counts and logs nothing."""
    try:
        if desk.gate.is_shut:
            desk.gate.insist(address)
        desk.health.insist_open()
    except Refusal:
        return False
    return is_welcome(request, desk.settings.own_origins)


def _insist_on_origin(desk: Desk, request: web.Request, allowed: Sequence[str]) -> None:
    """Return if the page that asks may; log its origin otherwise, for who forgot to allow it."""
    if not is_welcome(request, allowed):
        origin = shown_origin(request.headers.get(hdrs.ORIGIN, ""))
        desk.faults.warn("origin_refused", request.method, origin=origin, setting="RONDO_ALLOWED_ORIGINS")
        raise Forbidden(f"pages of {origin} may not connect here; see RONDO_ALLOWED_ORIGINS")


def _guard(desk: Desk, whence: Whence, turns: Turns, *, is_public: bool) -> Any:
    """Return the middleware that turns whatever goes wrong into an answer of the contract, and counts."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = time.perf_counter()
        try:
            insist_readable(request)
            if is_public:
                await _await_turn(turns, request, whence)
            _insist_on_address(desk, request, whence, is_public=is_public)
            if request.method == "OPTIONS" and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers:
                response: web.StreamResponse = _preflight(request, desk)
            else:
                response = await handler(request)
        except TooSlow as refusal:
            response = response_for(refusal)
            response.force_close()
        except Refusal as refusal:
            response = response_for(refusal)
        except web.HTTPException as error:
            response = _plain(error, request)
        except ConnectionError:
            # The client has disconnected; there is no one to answer.
            response = response_for(BadFrame("the connection was lost"))
        except Exception as fault:  # noqa: BLE001 - reported
            desk.metrics.faults += 1
            desk.faults.report("http_request_failed", fault, route=_pattern(request))
            response = response_for(Internal())
        if response.status == 101:
            return response  # a conversation, and not over yet: the hub counts those
        desk.metrics.request(_pattern(request), response.status, time.perf_counter() - started)
        return response

    return guard


def _pattern(request: web.Request) -> str:
    """Return the pattern of the path, not the path: a stranger can ask for a million paths."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "none"


def _dress(desk: Desk) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Return the signal handler that puts security and CORS headers on every answer."""
    settings = desk.settings
    policy = content_policy(
        widget=turnstile.ORIGIN if settings.signup_gate == "turnstile" else None,
        files=settings.s3_endpoint if settings.attachments == "s3" else None,
    )
    headers = {**SECURITY, "Content-Security-Policy": policy}
    if (desk.settings.public_origin or "").startswith("https:"):
        headers["Strict-Transport-Security"] = f"max-age={HSTS_S}"

    async def dress(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in headers.items():
            response.headers.setdefault(name, value)  # a file has a stricter content policy
        response.headers[hdrs.SERVER] = "rondo"
        origin = request.headers.get(hdrs.ORIGIN)
        if origin and desk.settings.allowed_origins:
            response.headers[hdrs.VARY] = hdrs.ORIGIN
            if is_welcome(request, desk.settings.allowed_origins):
                response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
                response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = "Retry-After"

    return dress


def _preflight(request: web.Request, desk: Desk) -> web.Response:
    """Answer a browser that asks whether a page may call us; the token is a header, so no cookies are involved."""
    _insist_on_origin(desk, request, desk.settings.allowed_origins)
    headers = {
        hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, POST, PUT, PATCH, DELETE",
        hdrs.ACCESS_CONTROL_ALLOW_HEADERS: f"Authorization, Content-Type, {credentials.PASSWORD_HEADER}",
        hdrs.ACCESS_CONTROL_MAX_AGE: "7200",
    }
    return web.Response(status=204, headers=headers)


def _plain(error: web.HTTPException, request: web.Request) -> web.StreamResponse:
    """Return the answer of the contract for one of aiohttp's own."""
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
    return response_for(BadFrame(error.reason), status=error.status)


def _token(request: web.Request) -> str:
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("send the token as `Authorization: Bearer …`")
    return token.strip()


def _decode(decoder: msgspec.json.Decoder[Any], raw: bytes) -> object:
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise refusal_of(error) from None
    except (ValueError, RecursionError):
        raise BadFrame("the body is not JSON", "body") from None


def _convert(query: dict[str, str], kind: type[msgspec.Struct]) -> object:
    try:
        return msgspec.convert(query, kind, strict=False)
    except msgspec.ValidationError as error:
        raise refusal_of(error) from None
