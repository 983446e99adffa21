"""Whose clock is right: a rule on how far ours may be from the others'."""

from server.doctor.finding import Finding

SLIGHT_MS = 500
"""Half a second of a grace of ten, or of an invite of twenty: nobody notices."""
GRAVE_MS = 2_000
"""From here on people would lose calls that still have time, or keep what is over."""


def ahead_ms(ours_before: float, theirs: float, ours_after: float) -> float:
    """Return by how much *theirs* goes before ours; it was read somewhere between our two readings."""
    return theirs - (ours_before + ours_after) / 2


def judge(whose: str, ahead: float, *, round_trip_ms: float) -> Finding:
    """Return what to think of a clock that is *ahead* milliseconds before ours, give or take half a round trip."""
    apart = max(0.0, abs(ahead) - round_trip_ms / 2)
    if apart < SLIGHT_MS:
        return Finding("clock", "ok", f"agrees with that of {whose} to {_length(max(1.0, abs(ahead)))}")
    found = f"{_length(abs(ahead))} {'behind' if ahead > 0 else 'ahead of'} that of {whose}"
    return Finding(
        "clock",
        "warn" if apart < GRAVE_MS else "fail",
        found,
        "let every machine keep time by NTP (chrony or systemd-timesyncd); deadlines, cooldowns and the relay's "
        "credentials are told by the clock",
    )


def _length(ms: float) -> str:
    return f"{ms:.0f} ms" if ms < 1_000 else f"{ms / 1_000:,.1f} s"
