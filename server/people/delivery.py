"""Delivery of events to users, on this node or on another."""

from collections.abc import Mapping
from typing import Protocol

from matchmaker.domain.ids import UserId
from signaling.wire.event import Event


class EventDelivery(Protocol):
    """Delivers events of the people services to users. Called after the commit; never raises and never waits."""

    def deliver(self, events: Mapping[UserId, Event]) -> None:
        """Send each user's event if the user's client has the feature; one for a user who is not connected is dropped.

        Friend and channel events go on the people stream, notifications on the stream of calls.
        """
        ...
