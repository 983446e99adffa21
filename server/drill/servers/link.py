"""A network link of a node that can be cut: a network namespace, and a pair of veth devices.

A cut is not signalled: packets are lost, and connections stay half open at both ends.
"""

import asyncio
import os
import random
import shutil
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from server.config.errors import StartupError

RANGE: Final = IPv4Network("198.18.0.0/15")
"""For tests of network devices (RFC 2544): not routed on real machines."""
BITS: Final = 30

_chance = random.SystemRandom()


class NoLink(StartupError):
    """No network namespace can be created here, for the reason given."""


class NetworkLink:
    """One namespace, for one node. Needs root and iproute2."""

    def __init__(self) -> None:
        number = _chance.randrange(1 << (BITS - RANGE.prefixlen))
        subnet = int(RANGE.network_address) + (number << (32 - BITS))
        self._near = IPv4Address(subnet + 1)
        self.address = str(IPv4Address(subnet + 2))
        """Address on which a node in the namespace listens."""
        self._name = f"rondo{os.getpid() % 100_000}x{number:x}"[:15]
        self._device = f"rd{number:x}n"

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
        far, device = f"{self._device}1", self._device
        try:
            await _ip("netns", "add", self._name)
            await _ip("link", "add", device, "type", "veth", "peer", "name", far, "netns", self._name)
            await _ip("addr", "add", f"{self._near}/{BITS}", "dev", device)
            await _ip("link", "set", device, "up")
            await self._far("addr", "add", f"{self.address}/{BITS}", "dev", far)
            await self._far("link", "set", "lo", "up")
            await self._far("link", "set", far, "up")
            # Permanent neighbour entries: a cut must not be signalled by "no route to host" either.
            told = await self._far("-o", "link", "show", far)
            address = told.split("link/ether ", 1)[1].split()[0]
            await _ip("neigh", "replace", self.address, "lladdr", address, "dev", device, "nud", "permanent")
        except NoLink:
            await self.close()
            raise

    async def cut(self) -> None:
        """Drop all packets from now on, in both directions."""
        await self._far("link", "set", f"{self._device}1", "down")

    async def mend(self) -> None:
        """Stop dropping packets."""
        await self._far("link", "set", f"{self._device}1", "up")

    async def close(self) -> None:
        """Remove everything; the devices go with the namespace."""
        with suppress(NoLink):
            await _ip("netns", "del", self._name)
        with suppress(NoLink):
            await _ip("link", "del", self._device)

    async def _far(self, *words: str) -> str:
        return await _ip("-n", self._name, *words)


async def _ip(*words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        "ip", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    told, complaint = await process.communicate()
    if process.returncode:
        raise NoLink(f"ip {' '.join(words[:3])}: {complaint.decode(errors='replace').strip()}")
    return told.decode()
