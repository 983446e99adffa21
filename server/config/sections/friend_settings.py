"""Settings of friends, presence, friend calls, notifications and e-mail."""

from typing import Annotated

from msgspec import Meta

from server.config.sections.node_settings import NodeSettings
from server.config.sections.setting_types import Burst, Count, LongSeconds, Seconds, Switch
from server.domain.people.friend_calls import CallTerms
from server.domain.people.friend_request import FriendRequestTerms
from server.domain.people.presence import Pace

_Replay = Annotated[int, Meta(ge=1, le=10_000, description="a count of events from 1 to 10000")]


class FriendSettings(NodeSettings, frozen=True, kw_only=True):
    """What the operator decided about users who stay in touch."""

    friends: Switch = True
    """Users who met can become friends, call each other and write to each other. Off: HTTP answers 404 to all of it,
    and `hello` grants no feature."""
    friends_max: Count = 1_000
    """How many friends a user may have."""
    friend_requests_open: Count = 50
    """How many loud friend requests of a user may be open; likes do not count."""
    friend_requests_day: Count = 20
    """How many users a user may ask within 24 hours, likes included. Kept over restarts."""
    friend_request_s: LongSeconds = 2_592_000
    """How long a friend request stays open (30 days)."""
    friend_calls: Burst = 3
    """How many unanswered calls a user may make to one friend within RONDO_FRIEND_CALLS_S."""
    friend_calls_s: Seconds = 600
    """The window of RONDO_FRIEND_CALLS."""
    presence_hold_s: Seconds = 15
    """How long after a lost connection a user is still shown as connected to friends: one change of network."""
    presence_every_s: Seconds = 5
    """How often at most a change of a user's presence is sent to friends; the last state is always sent."""
    email_unread_s: Seconds = 900
    """After which time a message that is still unread may be announced by e-mail, to a user who is not connected."""
    email_day: Count = 5
    """How many e-mails a user gets within 24 hours; `security` and `ban` do not count."""
    email_keep_s: LongSeconds = 2_592_000
    """How long finished e-mails are kept in the outbox, without text (30 days)."""
    people_replay: _Replay = 256
    """How many friend and channel events are kept for a client whose connection was lost."""
    people_connections: Burst = 3
    """Connections to the database for friends and channels, beside those of calls."""

    @property
    def friend_terms(self) -> FriendRequestTerms:
        """What holds for friend requests."""
        return FriendRequestTerms(
            request_ms=round(self.friend_request_s * 1_000),
            friends_max=self.friends_max,
            open_max=self.friend_requests_open,
        )

    @property
    def call_terms(self) -> CallTerms:
        """How many calls to a friend may go unanswered."""
        return CallTerms(many=self.friend_calls, within_ms=round(self.friend_calls_s * 1_000))

    @property
    def presence_pace(self) -> Pace:
        """How presence reaches friends."""
        return Pace(hold_ms=round(self.presence_hold_s * 1_000), every_ms=round(self.presence_every_s * 1_000))
