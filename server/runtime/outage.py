"""Outages of a store: a log event when one begins or its reason changes, and one when it ends."""

import time
from typing import Final, Generic, TypeVar

import structlog

Fault = TypeVar("Fault", bound=str)

LATE_S: Final = 0.25
"""How much later than its timeout a check may fail; after more, this process has stood still in the meantime."""

log = structlog.get_logger()


class Outage(Generic[Fault]):
    """Whether a store is lost, and why. It logs the events *lost* and *restored*, which are names of log events."""

    def __init__(self, lost: str, restored: str) -> None:
        self._lost = lost
        self._restored = restored
        self._since = 0.0
        self._was_good = False
        """Whether the latest check found no fault."""
        self.fault: Fault | None = None
        """Why the store cannot be used, as of the latest check; None: it can."""

    def record(self, fault: Fault | None, *, late_s: float = 0.0) -> bool:
        """Record the latest check, and return whether it counts. The last line has the last reason, and the duration
        under all of them.

        *late_s*: how much later than its timeout the check failed. After a stall of this process the answer may have
        been there: a fault after a good check counts if the next check finds one too.
        """
        was_good, self._was_good = self._was_good, fault is None
        if fault is not None and was_good and late_s > LATE_S:
            return False
        if fault == self.fault:
            return True
        if self.fault is None:
            self._since = time.monotonic()
        if fault is None:
            log.info(self._restored, reason=self.fault, outage_s=round(time.monotonic() - self._since, 1))
        else:
            log.warning(self._lost, reason=fault)
        self.fault = fault
        return True
