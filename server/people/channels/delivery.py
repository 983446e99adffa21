"""The contract of how members are told of what was committed."""

from collections.abc import Iterable
from typing import Protocol

from server.db.channels.records import Change


class ChannelDelivery(Protocol):
    """Delivers what was committed: each user gets the events of a channel once, as they were committed."""

    def publish(self, changes: Iterable[Change]) -> None:
        """Tell every member of each change, on the node that owns them. Never raises and never waits.

        Called right after the commit: with an await in between, another commit could overtake it.
        """
        ...
