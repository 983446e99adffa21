"""Order and duplicates of channel events: the position up to which a user was sent each channel.

A position is `last_n` and `rev` of the channel. Each commit of a change raises exactly one of the two by one, so their
sum numbers the events of a channel without a gap, in the order of commits.
"""

from collections.abc import Iterable
from typing import Final, Literal

POSITIONS_MAX: Final = 256
POSITION_MS: Final = 120_000
"""Twice the time within which lost messages between nodes are recovered (RONDO_REREAD_S)."""

Position = tuple[int, int]
Verdict = Literal["drop", "deliver", "wait"]


class Positions:
    """The positions of one user: of channels with an event in the last two minutes, 256 at most."""

    __slots__ = ("_known",)

    def __init__(self, known: Iterable[tuple[str, int, int, int]] = ()) -> None:
        """*known*: as returned by `packed`, at this node or another."""
        self._known: dict[str, tuple[Position, int]] = {name: ((n, rev), at) for name, n, rev, at in known}

    @property
    def packed(self) -> list[tuple[str, int, int, int]]:
        """Channel, `n`, `rev`, and when that was; the latest last."""
        return [(name, n, rev, at) for name, ((n, rev), at) in self._known.items()]

    def judge(self, channel_id: str, to: Position, *, now: int, is_first: bool = False) -> Verdict:
        """Return how to treat the event that takes the channel to *to*.

        *is_first*: nothing happened in the channel in the last 60 s, so that an unknown position is just below it.
        """
        known = self.get(channel_id, now=now)
        if known is None:
            return "deliver" if is_first else "wait"
        ahead = sum(to) - sum(known)
        if ahead <= 0:
            return "drop"
        return "deliver" if ahead == 1 else "wait"

    def move(self, channel_id: str, to: Position, *, now: int) -> None:
        """Record that everything up to *to* was delivered; a position never falls."""
        known, _ = self._known.pop(channel_id, (to, now))
        self._known[channel_id] = (max(known, to, key=sum), now)
        if len(self._known) > POSITIONS_MAX:
            del self._known[next(iter(self._known))]

    def get(self, channel_id: str, *, now: int) -> Position | None:
        """Return the position up to which the user was sent the channel; None: it is not known."""
        known = self._known.get(channel_id)
        return None if known is None or known[1] + POSITION_MS <= now else known[0]
