"""A network link of a node that can be cut: two network namespaces, and a pair of veth devices between them.

A cut is not signalled: packets are lost, and connections stay half open at both ends.
"""

import asyncio
import ctypes
import os
import shutil
from contextlib import suppress
from typing import Final

from server.config.errors import StartupError

NEAR: Final = "198.18.0.1"
FAR: Final = "198.18.0.2"
"""For tests of network devices (RFC 2544): not routed on real machines."""
BITS: Final = 30
DEVICE: Final = "near", "far"
CLONE_NEWNET: Final = 0x40000000
"""setns(2), unshare(2)."""


class NoLink(StartupError):
    """No network namespace can be created here, for the reason given."""


class NetworkLink:
    """One namespace for one node, and one for this thread. Needs root and iproute2.

    While it is open, sockets that this thread opens, and processes that it starts, reach each other over loopback and
    the node over the link, and nothing else. The network of the machine does not change: browsers on it would report
    `ERR_NETWORK_CHANGED` and load nothing.
    """

    address: Final = FAR
    """Address on which a node in the namespace listens."""

    def __init__(self) -> None:
        self._name = f"rondo{os.getpid()}"
        self._outside: int | None = None
        """Descriptor of the namespace that this thread had before."""

    @property
    def prefix(self) -> tuple[str, ...]:
        """Return the command prefix that runs a program in the namespace."""
        return "ip", "netns", "exec", self._name

    async def open(self) -> None:
        """Create the namespace and both devices.

        Raises:
            NoLink: they cannot be created.
        """
        if shutil.which("ip") is None:
            raise NoLink("there is no `ip` (iproute2)")
        near, far = DEVICE
        try:
            self._enter()
            await _ip("link", "set", "lo", "up")
            await _ip("netns", "add", self._name)
            await _ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", self._name)
            await _ip("addr", "add", f"{NEAR}/{BITS}", "dev", near)
            await _ip("link", "set", near, "up")
            await self._far("addr", "add", f"{FAR}/{BITS}", "dev", far)
            await self._far("link", "set", "lo", "up")
            await self._far("link", "set", far, "up")
            # Permanent neighbour entries: a cut must not be signalled by "no route to host" either.
            told = await self._far("-o", "link", "show", far)
            address = told.split("link/ether ", 1)[1].split()[0]
            await _ip("neigh", "replace", FAR, "lladdr", address, "dev", near, "nud", "permanent")
        except NoLink:
            await self.close()
            raise

    async def cut(self) -> None:
        """Drop all packets from now on, in both directions."""
        await self._far("link", "set", DEVICE[1], "down")

    async def mend(self) -> None:
        """Stop dropping packets."""
        await self._far("link", "set", DEVICE[1], "up")

    async def close(self) -> None:
        """Return to the network of before; the devices go with the namespaces."""
        with suppress(NoLink):
            await _ip("netns", "del", self._name)
        if self._outside is not None:
            _system(_libc.setns(self._outside, CLONE_NEWNET))
            os.close(self._outside)
            self._outside = None

    def _enter(self) -> None:
        outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _system(_libc.unshare(CLONE_NEWNET))
        except NoLink:
            os.close(outside)
            raise
        self._outside = outside

    async def _far(self, *words: str) -> str:
        return await _ip("-n", self._name, *words)


_libc: Final = ctypes.CDLL(None, use_errno=True)


def _system(result: int) -> None:
    if result:
        raise NoLink(f"no network namespace: {os.strerror(ctypes.get_errno())}")


async def _ip(*words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        "ip", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    told, complaint = await process.communicate()
    if process.returncode:
        raise NoLink(f"ip {' '.join(words[:3])}: {complaint.decode(errors='replace').strip()}")
    return told.decode()
