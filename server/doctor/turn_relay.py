"""Check of the TURN server, as a browser uses it: allocations with real credentials, and data between them."""

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from typing import Any

import msgspec
from aioice import turn
from aioice.stun import TransactionError, TransactionFailed

from server.config.ice_servers import credentials
from server.config.settings import Settings
from server.doctor.finding import Finding, State

CHECK = "turn"
NAME = "doctor"
"""The user name in the credentials, for the relay's log and quota."""
PATIENCE_S = 4.0
"""Timeout of an answer, in seconds: a browser stops gathering after ten seconds."""
ECHO_S = 2.0
WORD = b"rondo doctor"
METADATA = ("169.254.169.254", 9)
"""Link-local metadata address of clouds; represents all addresses that must not be reachable through the relay."""
TIMES = (turn.DEFAULT_ALLOCATION_LIFETIME, turn.DEFAULT_CHANNEL_REFRESH_TIME)
PUBLIC_PEER = ("9.9.9.9", 9)
"""A public address; nothing is sent to it."""
UNAUTHORIZED = 401
QUOTA = 486

_URL = re.compile(r"(turns?):(\[[0-9A-Fa-f:.]+\]|[^\[\]:?/\s]+)(?::(\d+))?(?:\?transport=(udp|tcp))?")


class Server(msgspec.Struct, frozen=True):
    """The server of a TURN URL (RFC 7065)."""

    host: str
    port: int
    transport: str
    is_tls: bool


class RelaySocket(asyncio.DatagramProtocol):
    """Receives data at one end of an allocation."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 - asyncio's
        """Record that the expected data has arrived."""
        if data == WORD:
            self.heard.set()


async def examine(settings: Settings) -> list[Finding]:
    """Check every TURN server that clients are given, by allocations and data."""
    if not settings.turn_urls or settings.turn_secret is None:
        remedy = "set RONDO_TURN_URLS and RONDO_TURN_SECRET (docs/turn.md): about one call in ten needs a relay"
        return [Finding(CHECK, "warn", "none: calls between some networks cannot connect", remedy)]
    return list(await asyncio.gather(*(_try(url, settings, settings.turn_secret) for url in settings.turn_urls)))


def parse(url: str) -> Server:
    """Return the server of *url*.

    Raises:
        ValueError: browsers reject the URL.
    """
    found = _URL.fullmatch(url)
    if found is None:
        raise ValueError(url)
    scheme, host, port, transport = found.groups()
    is_tls = scheme == "turns"
    return Server(
        host=host.strip("[]"),
        port=int(port or (5349 if is_tls else 3478)),
        transport=transport or ("tcp" if is_tls else "udp"),
        is_tls=is_tls,
    )


async def _try(url: str, settings: Settings, secret: str) -> Finding:
    try:
        server = parse(url)
    except ValueError:
        return Finding(CHECK, "fail", f"{url} is not a TURN URL", "write it like turn:turn.example:3478?transport=udp")
    if server.is_tls and server.transport == "udp":
        return Finding(CHECK, "skip", f"{url}: DTLS is not supported by this check")
    try:
        async with asyncio.timeout(2 * PATIENCE_S + ECHO_S):
            return await _use(url, server, settings, secret)
    except TransactionFailed as refusal:
        return _refused(url, refusal)
    except (TransactionError, TimeoutError):
        remedy = f"check that it runs, and that the firewall admits {server.transport.upper()} {server.port}"
        return Finding(CHECK, "fail", f"{url} does not answer", remedy)
    except OSError as error:
        why = "its name is unknown" if isinstance(error, socket.gaierror) else type(error).__name__
        return Finding(CHECK, "fail", f"{url} cannot be reached ({why})", "check name, port, firewall and certificate")


async def _use(url: str, server: Server, settings: Settings, secret: str) -> Finding:
    """Use a TURN server as two clients in a call do, and try what it must reject."""
    now = time.time()
    good = credentials(secret, NAME, expires_at=round((now + settings.turn_ttl_s) * 1_000))
    stale = credentials(secret, NAME, expires_at=round((now - 60) * 1_000))
    asked_at = time.perf_counter()
    async with allocation(server, good) as (one, here):
        took_ms = (time.perf_counter() - asked_at) * 1_000
        address = str((one.relayed_address or ("", 0))[0])
        found = f"{url} relays from {address}, allocated in {took_ms:.0f} ms"
        if not await _refuses(server, stale):
            remedy = "set use-auth-secret (deploy/coturn.conf): without it anyone can send traffic through it"
            return Finding(CHECK, "fail", f"{found}; it accepts an expired credential", remedy)
        async with allocation(server, good) as (other, there):
            passes = await _passes(one, here, other, there)
        if not passes:
            # Only needed where both sides use the relay: always in relay-only mode, else seldom.
            state: State = "fail" if settings.ice_policy == "relay" else "warn"
            remedy = (
                "behind NAT set external-ip=PUBLIC/PRIVATE; else allow its own address (allowed-peer-ip), "
                "and open its relay ports (min-port to max-port, UDP)"
            )
            return Finding(CHECK, state, f"{found}, but not from one of its ports to another", remedy)
        if not await _admits(one, PUBLIC_PEER, channel=1):
            remedy = "shorten denied-peer-ip: users have public addresses (its log names the range)"
            return Finding(CHECK, "fail", f"{found}; it does not relay to public addresses", remedy)
        if await _admits(one, METADATA, channel=2):
            remedy = "deny private ranges as peers, as deploy/coturn.conf does"
            return Finding(CHECK, "fail", f"{found}; it relays into private networks", remedy)
    if _is_hidden(address) and not _is_hidden(server.host):
        remedy = "set external-ip to the public address: clients outside cannot send to a private one"
        return Finding(CHECK, "warn", found, remedy)
    return Finding(CHECK, "ok", f"{found}; relays data, rejects expired credentials and private peers")


@asynccontextmanager
async def allocation(server: Server, credential: tuple[str, str]) -> AsyncIterator[tuple[Any, RelaySocket]]:
    """Yield an allocation and the data that arrives at it; it is deleted at the end.

    Raises:
        TransactionFailed: the server rejects the request.
        TimeoutError: it does not answer.
        OSError: it cannot be reached.
    """
    where, line = (server.host, server.port), RelaySocket()
    loop = asyncio.get_running_loop()
    client: Any
    async with asyncio.timeout(PATIENCE_S):
        if server.transport == "tcp":
            _, client = await loop.create_connection(
                lambda: turn.TurnClientTcpProtocol(where, *credential, *TIMES), *where, ssl=server.is_tls or None
            )
        else:
            _, client = await loop.create_datagram_endpoint(
                lambda: turn.TurnClientUdpProtocol(where, *credential, *TIMES), remote_addr=where
            )
        client.receiver = line
        try:
            await client.connect()
        except BaseException:
            client.transport.close()
            raise
    try:
        yield client, line
    finally:
        with suppress(TransactionError, TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await client.delete()
        client.transport.close()


async def _refuses(server: Server, credential: tuple[str, str]) -> bool:
    try:
        async with allocation(server, credential):
            return False
    except TransactionFailed:
        return True


async def _passes(one: Any, here: RelaySocket, other: Any, there: RelaySocket) -> bool:
    """Return whether data from each allocation arrives at the other."""
    pairs = ((one, other), (other, one))
    try:
        async with asyncio.timeout(ECHO_S):
            # The first data of each permits the other's address: data that arrives before is dropped.
            while not (here.heard.is_set() and there.heard.is_set()):
                for sender, receiver in pairs:
                    await sender.send_data(WORD, receiver.relayed_address)
                await asyncio.sleep(0.05)
    except (TransactionError, TimeoutError):
        return False
    return True


async def _admits(client: Any, peer: tuple[str, int], *, channel: int) -> bool:
    """Return whether the server permits *peer*; nothing is sent there."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            await client.channel_bind(turn.CHANNEL_NUMBER_MAX - channel, peer)
    except (TransactionError, TimeoutError):
        return False
    return True


def _refused(url: str, refusal: TransactionFailed) -> Finding:
    code, reason = refusal.response.attributes.get("ERROR-CODE", (0, "no reason"))
    if code == UNAUTHORIZED:
        remedy = (
            "set RONDO_TURN_SECRET to its static-auth-secret, run it with use-auth-secret and a realm, "
            "and check its clock"
        )
        return Finding(CHECK, "fail", f"{url} rejects our credentials", remedy)
    if code == QUOTA:
        return Finding(
            CHECK, "fail", f"{url} has reached its quota", "raise user-quota and total-quota, or add a server"
        )
    return Finding(CHECK, "fail", f"{url} answers with error {code} {reason}", "see the log of the TURN server")


def _is_hidden(host: str) -> bool:
    """Return whether *host* is an address that is reachable only from inside a network."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost"
