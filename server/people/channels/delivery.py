"""The contract of delivery of committed channel events."""

from collections.abc import Iterable
from typing import Protocol

from server.db.channels.records import Change


class ChannelDelivery(Protocol):
    """Delivers committed events: each user gets the events of a channel once, in the order of commits."""

    def publish(self, changes: Iterable[Change]) -> None:
        """Send each change to every member, on the node that owns them. Never raises and never waits.

        Called right after the commit: with an await in between, another commit could overtake it.
        """
        ...
