"""The device cookie: a random id of a browser, of which only a keyed digest is stored.

The prefix `__Host-` binds it to this host and to TLS. A browser that came over plain http (other than from its own
machine) does not keep it, and then has no device: there is no weaker replacement.
"""

import re
import secrets

from aiohttp import web

COOKIE = "__Host-rondo-device"
KEEP_S = 400 * 86_400
"""The longest that browsers keep a cookie (RFC 6265bis): it must outlive the session that records it repeatedly."""
_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")


def device_of(request: web.BaseRequest) -> str | None:
    """Return the device of *request*; None when it has none, or none that was created here."""
    value = request.cookies.get(COOKIE, "")
    return value if _VALUE.fullmatch(value) else None


def new_device() -> str:
    """Return a fresh device: 256 random bits."""
    return secrets.token_urlsafe(32)


def set_device(response: web.StreamResponse, device: str) -> None:
    """Set the cookie of *device* in this answer."""
    response.set_cookie(COOKIE, device, path="/", secure=True, httponly=True, samesite="Strict", max_age=KEEP_S)
