"""One line of the table of routes: method and path, input, output, and who may call it."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import msgspec
from aiohttp import web

from matchmaker.domain.errors import NotFound, RequestError
from matchmaker.domain.ids import UserId
from server.db.accounts.sessions import Login
from server.http.services import HttpServices
from signaling.wire.constraints import UUID

Body = TypeVar("Body")
_is_uuid = re.compile(UUID).match


class RequestContext(Generic[Body]):
    """One request, decoded: its body is typed, its caller authenticated."""

    __slots__ = ("_login", "address", "body", "device", "new_device", "request")

    def __init__(
        self, request: web.Request, body: Body, *, address: str, login: Login | None, device: str | None
    ) -> None:
        self.request = request
        self.body = body
        """Of a route with a `query`, the query string."""
        self.address = address
        self._login = login
        self.device = device
        """The device cookie of the request."""
        self.new_device: str | None = None
        """The device cookie of the answer."""

    @property
    def login(self) -> Login:
        """The authenticated session; every route has one that is not `open`."""
        assert self._login is not None
        return self._login

    @property
    def user(self) -> UserId:
        """The caller."""
        return self.login.user

    def name(self, part: str) -> str:
        """Return the id in the path at *part*.

        Raises:
            NotFound: it is not a UUID.
        """
        name: str = self.request.match_info[part].lower()
        if not _is_uuid(name):
            raise NotFound(f"there is no such {part.removesuffix('_id')}")
        return name


Handler = Callable[[HttpServices, RequestContext[Any]], Awaitable[object]]


class Route(msgspec.Struct, frozen=True):
    """One resource and method: the router and the OpenAPI document are generated from these."""

    method: str
    path: str
    handler: Handler
    """The first line of its docstring is the summary that the document shows."""
    body: type[msgspec.Struct] | None = None
    answer: type[msgspec.Struct] | str | None = None
    """Type of the answer, or the media type of one that is not JSON; None: there is none, status 204."""
    status: int = 200
    query: type[msgspec.Struct] | None = None
    open: bool = False
    """Whether it needs no token."""
    banned: bool = False
    """Whether a banned user may call it: routes about the ban, or the user's own data."""
    password: bool = False
    """Whether a permanent account has to send its password in a header (`credentials.PASSWORD_HEADER`)."""
    staff: bool = False
    """Whether only moderators and administrators may call it."""
    admin: bool = False
    """Whether, of these, only administrators may call it."""
    private: bool = False
    """Whether only a program on this machine may call it; see `server.auth.forwarded.require_private`."""
    upload: bool = False
    """Whether the body may take as long as bytes keep arriving; every other is complete within RONDO_BODY_TIMEOUT_S."""
    people: bool = False
    """Whether it belongs to the friends feature: RONDO_FRIENDS=off removes it."""
    body_without_people: type[msgspec.Struct] | None = None
    """The body with RONDO_FRIENDS=off, if it is another one."""
    refuses: tuple[type[RequestError], ...] = ()
    """Errors of this route, beside those of every route."""
