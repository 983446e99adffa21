"""Events of friends: on the people stream, numbered by `people_seq`."""

from typing import Annotated, ClassVar

from msgspec import Meta

from matchmaker.domain.ids import UserId
from signaling.wire.event import Event
from signaling.wire.people_models import FriendObject, FriendRequestObject, PresenceState


class PeopleEvent(Event, frozen=True, kw_only=True):
    """An event that carries `people_seq` instead of `seq`."""

    feature: ClassVar[str] = "friends"
    """The feature that a client must have asked for to get it."""


class FriendRequested(PeopleEvent, frozen=True, kw_only=True, tag="friend.requested"):
    """A user you have met asks to be your friend."""

    request: FriendRequestObject


class FriendAdded(PeopleEvent, frozen=True, kw_only=True, tag="friend.added"):
    """You are friends: each has asked the other."""

    friend: FriendObject


class FriendPresence(PeopleEvent, frozen=True, kw_only=True, tag="friend.presence"):
    """A friend connected, entered or left a call, or disconnected."""

    user_id: UserId
    presence: PresenceState


class PeopleReset(PeopleEvent, frozen=True, kw_only=True, tag="people.reset"):
    """Events of the people stream were dropped: read the inbox again. Numbering starts at 1 after this event."""

    within_ms: Annotated[int, Meta(ge=0, description="read it at a random moment within it")]


PEOPLE_EVENTS: tuple[type[PeopleEvent], ...] = (FriendRequested, FriendAdded, FriendPresence, PeopleReset)
