"""Outages of a store: one log event when it begins, and one when it ends."""

import time
from typing import Generic, TypeVar

import structlog

Fault = TypeVar("Fault", bound=str)

log = structlog.get_logger()


class Outage(Generic[Fault]):
    """Whether a store is lost, and why. It logs the events *lost* and *restored*, which are names of log events."""

    def __init__(self, lost: str, restored: str) -> None:
        self._lost = lost
        self._restored = restored
        self._since = 0.0
        self._reason: Fault | None = None
        self.fault: Fault | None = None
        """Why the store cannot be used, as of the latest check; None: it can."""

    def record(self, fault: Fault | None) -> None:
        """Take over the latest look. The lines carry the reason for which the outage began, and how long it took."""
        if self.fault is None and fault is not None:
            self._since, self._reason = time.monotonic(), fault
            log.warning(self._lost, reason=fault)
        elif self.fault is not None and fault is None:
            log.info(self._restored, reason=self._reason, outage_s=round(time.monotonic() - self._since, 1))
        self.fault = fault
