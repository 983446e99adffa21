"""A real TURN relay on the loopback: the coturn of the distribution, under the configuration that is shipped."""

import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from server.drill.servers.ports import steady_port

CONFIG = Path(__file__).parents[2] / "deploy" / "coturn.conf"
START_S = 10
RELAYED = "127.0.0.77"
"""Its relay address: unique, so that any other address in a frame is a leak."""
SECRET = "a shared secret of the relay, for tests"


class Coturn:
    """One TURN server; *options* are added to those for a machine with only the loopback."""

    def __init__(self, folder: Path, *options: str, config: Path = CONFIG, peers: str | None = RELAYED) -> None:
        self.port = steady_port()
        self.url = f"turn:127.0.0.1:{self.port}?transport=udp"
        self._log = folder / f"coturn-{self.port}.log"
        self._arguments = [
            "-c", str(config), f"--listening-port={self.port}", "--listening-ip=127.0.0.1", f"--relay-ip={RELAYED}",
            "--realm=turn.example", f"--userdb={folder / 'turndb'}", f"--pidfile={folder / 'coturn.pid'}",
            "--allow-loopback-peers", *([f"--allowed-peer-ip={peers}"] if peers else []), *options,
        ]  # fmt: skip

    @property
    def settings(self) -> dict[str, str]:
        """What a server is told of it."""
        return {"RONDO_TURN_URLS": self.url, "RONDO_TURN_SECRET": SECRET}

    def start(self) -> None:
        """Return once it listens."""
        program = shutil.which("turnserver")
        if program is None:
            pytest.fail("there is no turnserver: `make test` installs coturn on Debian; elsewhere install it yourself")
        with self._log.open("wb") as log:
            self._process = subprocess.Popen([program, *self._arguments], stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        self.stop()
        pytest.fail(f"coturn did not start:\n{self._log.read_text(errors='replace')[-4_000:]}")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
