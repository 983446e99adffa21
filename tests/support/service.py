"""A real server in a process of its own, as an operator starts it."""

import signal
from pathlib import Path
from typing import Any

from server.drill.servers.host import START_S, STOP_S, Host, faults_in


class Service(Host):
    """`rondo serve` over one database; can be killed and started again on the same port."""

    tied = False  # some are started by a thread that ends before they do

    def __init__(self, dsn: str, folder: Path, **settings: Any) -> None:
        told = {name: str(value) for name, value in settings.items()}
        super().__init__(folder, dsn=dsn, settings={"RONDO_RATE_LIMITS": "on", **told})
        self.dsn = dsn

    def start_now(self) -> None:
        self.launch()
        listens = self._listening.wait(START_S)
        assert listens, f"the server did not start: {self.log[-12:]}"
        assert self.is_running, f"the server did not start: {self.log[-12:]}"

    async def revive(self) -> None:
        """Start what the last story has killed."""
        if not self.is_running:
            await self.start()

    def stop_hard(self) -> None:
        """End the server as a power cut does."""
        self._end(signal.SIGKILL)

    def stop_now(self) -> int:
        return self._end(signal.SIGTERM)

    def gone_now(self) -> int:
        """Return the exit code once a server that was asked to stop has ended. A second signal could kill it."""
        assert self._process is not None
        return self._process.wait(STOP_S)

    def faults(self) -> list[dict[str, Any]]:
        """Return log lines since the last call that indicate a fault."""
        past, self.log = self.log, []
        return faults_in(past)
