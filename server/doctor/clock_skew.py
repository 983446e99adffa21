"""Clock skew: a rule on how far this clock may differ from others."""

from typing import Final, NamedTuple

from server.doctor.finding import Finding

TOLERANCE_MS: Final = 500.0


class ClockReading(NamedTuple):
    """The clock of the running service, as read from here."""

    ahead_ms: float
    """How far it is ahead of this machine's, in milliseconds."""
    round_trip_ms: float


def ahead_ms(ours_before: float, theirs: float, ours_after: float) -> float:
    """Return by how much *theirs* is ahead of ours; it was read between our two readings."""
    return theirs - (ours_before + ours_after) / 2


def judge(
    whose: str,
    ahead: float,
    *,
    round_trip_ms: float,
    service: ClockReading | None = None,
    tolerance_ms: float = TOLERANCE_MS,
) -> Finding:
    """Return the finding for a clock that is *ahead* milliseconds ahead of ours, plus or minus half a round trip.

    *service*: the clock to compare with instead of ours, if a service runs. A node whose clock differs by more than
    *tolerance_ms* (RONDO_CLOCK_TOLERANCE_S) does not start.
    """
    subject = "this machine's"
    if service is not None:
        subject, ahead = "the service's", ahead - service.ahead_ms
        round_trip_ms += service.round_trip_ms
    apart = max(0.0, abs(ahead) - round_trip_ms / 2)
    if apart <= tolerance_ms:
        return Finding("clock", "ok", f"{subject} agrees with that of {whose} to {_length(max(1.0, abs(ahead)))}")
    found = f"{subject} is {_length(abs(ahead))} {'behind' if ahead > 0 else 'ahead of'} that of {whose}"
    return Finding(
        "clock",
        "fail",
        found,
        "synchronize every machine by NTP (chrony or systemd-timesyncd); deadlines, cooldowns and TURN "
        "credentials depend on the clock",
    )


def _length(ms: float) -> str:
    return f"{ms:.0f} ms" if ms < 1_000 else f"{ms / 1_000:,.1f} s"
