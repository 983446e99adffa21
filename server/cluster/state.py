"""The state of one user as it moves from node to node."""

import msgspec

from matchmaker.ids import UserId


class UserState(msgspec.Struct, frozen=True, kw_only=True):
    """A map with names, not an array: releases before and after read what they know of it. Instants are wall clock."""

    user: UserId
    epoch: int
    seat: bytes
    """`matchmaker.seat.Seat`, msgpack."""
    session_key: str | None = None
    session_seq: int = 0
    session_events: list[bytes] = []
    session_ahead_ms: int = 0
    """How far the time that this client is told is ahead of the wall clock."""
    identity: bytes = b""
    """`signaling.door.Identity`, msgpack; empty: there is no socket that comes along."""
    address: str = ""
    device: str = ""
    has_heartbeat: bool = False
    came: int = 0
    people_features: list[str] | None = None
    """What the client was granted beside calls; None: it asked for nothing."""
    people_seq: int = 0
    people_events: list[bytes] = []
    people_began_at: int = 0
    people_positions: list[tuple[str, int, int, int]] = []
    """As `Positions.packed`."""
    limits: dict[str, list[float]] = {}
    """What the user has used of `signaling.limits.Limits`, by name."""
