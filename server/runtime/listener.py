"""The listening socket, opened before anything else is started."""

import errno
import socket

from server.config.errors import StartupError, SurroundingsError

BACKLOG = 4_096
"""After a restart all clients reconnect together; with a full backlog a client retries only a second later."""


def listen(host: str, port: int, *, shared: bool = False, prefix: str = "") -> socket.socket:
    """Return a listening socket; port 0: any free one. `::` accepts IPv4 too.

    A client that connects during the start waits in the backlog and is accepted as soon as the server is ready.

    *shared*: another process may listen on the same port of this machine, and the kernel distributes connections over
    both until it stops. Otherwise a second server fails to start. *prefix*: of the settings that an error names.

    Raises:
        StartupError: the port is taken, or the address is not one of this machine.
    """
    try:
        family, kind, protocol, _, address = _resolve(host, port)
        if not shared:
            # The next process may listen in addition to this one; only this shows whether another one listens already.
            with socket.socket(family, kind, protocol) as probe:
                _bind(probe, address, host, shared=False)
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise StartupError(_reason(error, host, port, prefix)) from None
    except UnicodeError:
        raise _no_name(host, prefix) from None
    try:
        _bind(listener, address, host, shared=True)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise StartupError(_reason(error, host, port, prefix)) from None
    return listener


def reserve(host: str, port: int, *, shared: bool = False, prefix: str = "") -> socket.socket:
    """Return a socket that reserves *port*, 0: any free one, for several processes, and accepts no connections.

    *shared*, *prefix*: as for `listen`.

    Raises:
        StartupError: the port is taken, or the address is not one of this machine.
    """
    held = None
    try:
        family, kind, protocol, _, address = _resolve(host, port)
        if not shared:
            with socket.socket(family, kind, protocol) as probe:
                _bind(probe, address, host, shared=False)
        held = socket.socket(family, kind, protocol)
        _bind(held, address, host, shared=True)
    except OSError as error:
        if held is not None:
            held.close()
        raise StartupError(_reason(error, host, port, prefix)) from None
    except UnicodeError:
        raise _no_name(host, prefix) from None
    return held


def _bind(listener: socket.socket, address: tuple[object, ...], host: str, *, shared: bool) -> None:
    # Connections of a former process may still be closing; they do not block the port.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if listener.family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
    listener.bind(address)


def url_of(listener: socket.socket) -> str:
    """Return the URL of the page for a browser on this machine."""
    host, port = listener.getsockname()[:2]
    if host in ("::", "0.0.0.0", "127.0.0.1", "::1"):  # noqa: S104 - compared, not bound
        host = "localhost"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _resolve(host: str, port: int) -> tuple[int, int, int, str, tuple[object, ...]]:
    if host == "::" and not socket.has_dualstack_ipv6():
        host = "0.0.0.0"  # noqa: S104 - what `::` was asked to mean, on a machine without IPv6
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return found[0]


def _no_name(host: str, prefix: str) -> SurroundingsError:
    """Return the error for a name with a label that is empty or longer than 63 characters."""
    return SurroundingsError(
        f"cannot listen on {host}, which is no name: set {prefix}HOST to an address of this machine"
    )


def _reason(error: OSError, host: str, port: int, prefix: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken: stop what listens there, or set {prefix}PORT to another (0: any free one)"
    if error.errno == errno.EACCES:
        return f"port {port} needs privileges: set {prefix}PORT to one above 1023"
    return f"cannot listen on {host} port {port} ({error.strerror}): set {prefix}HOST to an address of this machine"
