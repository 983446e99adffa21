"""Where Redis is. Of several that watch over each other the Sentinels know, and are asked anew for every connection.

`redis+sentinel://user:password@host:26379,host:26379/service/0`; `rediss+sentinel` speaks TLS with what they name.
"""

import asyncio
from contextlib import suppress
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import hiredis
from redis.asyncio.connection import parse_url

PORT: Final = 26_379
PATIENCE_S: Final = 0.3
"""How long one Sentinel may take before the next is asked."""
_MORE: Final = object()


async def locate(url: str) -> dict[str, Any]:
    """Return host, port, user, password and database to connect to; `path` for a socket of this machine.

    Raises:
        OSError: no Sentinel knows.
    """
    scheme, _, rest = url.partition("://")
    if not scheme.endswith("+sentinel"):
        return dict(parse_url(url))
    parts = urlsplit(f"redis://{rest}")
    credentials, _, hosts = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    service, _, database = unquote(parts.path).strip("/").partition("/")
    secret = parse_qs(parts.query).get("sentinel_password", [""])[0]
    found: dict[str, Any] = {"db": int(database or 0)}
    if password:
        found |= {"username": unquote(user) or None, "password": unquote(password)}
    for host in hosts.split(","):
        name, port = _split(host)
        with suppress(OSError, TimeoutError, hiredis.HiredisError):
            async with asyncio.timeout(PATIENCE_S):
                address = await _ask(name, port, service, secret)
            if address is not None:
                return found | {"host": address[0], "port": address[1]}
    raise OSError(f"no Sentinel knows where {service} is")


async def _ask(host: str, port: int, service: str, secret: str) -> tuple[str, int] | None:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        if secret:
            writer.write(hiredis.pack_command(("AUTH", secret)))  # type: ignore[arg-type]
        writer.write(hiredis.pack_command(("SENTINEL", "GET-MASTER-ADDR-BY-NAME", service)))  # type: ignore[arg-type]
        answers = hiredis.Reader(notEnoughData=_MORE)
        left, answer = 2 if secret else 1, None
        while left:
            answer = answers.gets()
            if answer is not _MORE:
                left -= 1
            elif data := await reader.read(4_096):
                answers.feed(data)
            else:
                return None
        return (answer[0].decode(), int(answer[1])) if isinstance(answer, list) else None
    finally:
        writer.close()


def _split(host: str) -> tuple[str, int]:
    """Return name and port; an IPv6 address stands in brackets."""
    name, bracket, rest = host.strip().partition("]")
    if bracket:
        return name.lstrip("["), int(rest.lstrip(":") or PORT)
    name, _, port = name.partition(":")
    return name, int(port or PORT)
