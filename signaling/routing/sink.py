"""The port through which the hub sends events to the connection of a user."""

from typing import Protocol

from msgspec import UnsetType

from matchmaker.domain.errors import RequestError
from matchmaker.domain.profile import Profile
from matchmaker.domain.ticket import AgeBand
from signaling.routing.outbox import Socket


class EventSink(Protocol):
    """A connection, as used by the hub."""

    def send_event(self, kind: str, event: bytes) -> None:
        """Send an encoded event, after everything before it."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """Close the socket; nothing more is sent or handled."""
        ...

    def close_with_error(self, why: RequestError, code: int) -> None:
        """Close the socket, with an error frame before."""
        ...

    def set_epoch(self, epoch: int) -> None:
        """Set the number of this socket to *epoch*."""
        ...

    def refresh(self, *, profile: Profile | None, band: AgeBand | UnsetType, may_meet: bool | None) -> None:
        """Note a changed profile, age band or access of the user; None and UNSET: as before."""
        ...

    @property
    def socket(self) -> Socket:
        """Where events are sent."""
        ...
