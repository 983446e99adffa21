"""Outages of a store: a log event when one begins or its reason changes, and one when it ends."""

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
        self.fault: Fault | None = None
        """Why the store cannot be used, as of the latest check; None: it can."""

    def record(self, fault: Fault | None) -> None:
        """Take over the latest look. The last line has the last reason, and the duration under all of them."""
        if fault == self.fault:
            return
        if self.fault is None:
            self._since = time.monotonic()
        if fault is None:
            log.info(self._restored, reason=self.fault, outage_s=round(time.monotonic() - self._since, 1))
        else:
            log.warning(self._lost, reason=fault)
        self.fault = fault
