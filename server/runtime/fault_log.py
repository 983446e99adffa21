"""Log events that clients can cause: without their values, addresses or text, and once a minute with a count."""

import logging
import time
from typing import Final

import structlog

MINUTE_S: Final = 60.0
KINDS_MAX: Final = 500
"""Maximum number of kinds of events; they come from the code, so there are far fewer."""
FRAMES: Final = 6
"""Maximum number of frames of a traceback that are logged, the innermost last."""


class Repeated:
    """One log event that clients can cause at any rate: logged at most once a minute, with a count."""

    def __init__(self, event: str, *, level: int = logging.WARNING) -> None:
        self._event = event
        self._level = level
        self._count = 0
        self._fields: dict[str, object] = {}
        self._quiet_until = 0.0

    def record(self, **fields: object) -> None:
        """Count one more; log it, with all that were not logged, unless it was logged within the last minute."""
        self._count += 1
        self._fields = fields
        self.flush()

    def flush(self) -> None:
        """Log what has been counted since the last line, if a minute has passed."""
        if self._count and (now := time.monotonic()) >= self._quiet_until:
            count, self._count, self._quiet_until = self._count, 0, now + MINUTE_S
            structlog.get_logger().log(self._level, self._event, count=count, **self._fields)

    @property
    def is_quiet(self) -> bool:
        """Whether no count is pending, and the next event would be logged immediately."""
        return not self._count and time.monotonic() >= self._quiet_until


class Faults:
    """Faults in requests and frames: each kind of event is logged once a minute."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str], Repeated] = {}

    def report(self, event: str, fault: BaseException, **fields: object) -> None:
        """Log *fault*, an unexpected exception, as *event* at level error, by its type and its place in the code.

        Its message is left out: it may quote input of a client.
        """
        name, frames = type(fault).__qualname__, places(fault)
        self._note(logging.ERROR, event, f"{name} {frames[-1:]}", fault=name, frames=frames, **fields)

    def warn(self, event: str, kind: str, **fields: object) -> None:
        """Log *event* at level warning; events of different *kind*, from a closed set, are limited separately."""
        self._note(logging.WARNING, event, kind, **fields)

    def flush(self) -> None:
        """Log pending counts, and drop kinds that have not occurred for a minute."""
        for kind, line in list(self._kinds.items()):
            line.flush()
            if line.is_quiet:
                del self._kinds[kind]

    def _note(self, level: int, event: str, kind: str, **fields: object) -> None:
        if (line := self._kinds.get((event, kind))) is None:
            self.flush()
            if len(self._kinds) >= KINDS_MAX:
                return
            line = self._kinds[event, kind] = Repeated(event, level=level)
        line.record(**fields)


def places(fault: BaseException) -> list[str]:
    """Return where *fault* was raised, as `file:line function`, the innermost last."""
    found = []
    trace = fault.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{'/'.join(code.co_filename.rsplit('/', 2)[-2:])}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found[-FRAMES:]
