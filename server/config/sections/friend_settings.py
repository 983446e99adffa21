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
    """Settings of friends and of messages between users who stay in touch."""

    friends: Switch = True
    """Users who met can become friends, call each other and exchange messages. Off: HTTP answers 404 to all of it, and
    `hello` grants no feature."""
    friends_max: Count = 1_000
    """Maximum number of friends per user."""
    friend_requests_open: Count = 50
    """Maximum number of open, loud friend requests per user; likes do not count."""
    friend_requests_day: Count = 20
    """Maximum number of friend requests of a user within 24 hours, likes included. Persistent."""
    friend_request_s: LongSeconds = 2_592_000
    """How long a friend request stays open (30 days)."""
    friend_calls: Burst = 3
    """Maximum number of unanswered calls of a user to one friend within RONDO_FRIEND_CALLS_S."""
    friend_calls_s: Seconds = 600
    """The window of RONDO_FRIEND_CALLS."""
    presence_hold_s: Seconds = 15
    """How long a disconnected user is still shown to friends as connected: covers one change of network."""
    presence_every_s: Seconds = 5
    """Minimum interval between presence changes of a user that are sent to friends; the last state is always sent."""
    email_unread_s: Seconds = 900
    """After which time an unread message may be announced by e-mail, to a user who is not connected."""
    email_day: Count = 5
    """Maximum number of e-mails to a user within 24 hours; `security` and `ban` do not count."""
    email_keep_s: LongSeconds = 2_592_000
    """How long sent and failed e-mails are kept in the outbox, without text (30 days)."""
    people_replay: _Replay = 256
    """Number of friend and channel events kept for the replay to a client whose connection was lost."""
    people_connections: Burst = 3
    """Number of database connections for friends and channels, separate from those of calls."""

    @property
    def friend_terms(self) -> FriendRequestTerms:
        """Return the terms of friend requests."""
        return FriendRequestTerms(
            request_ms=round(self.friend_request_s * 1_000),
            friends_max=self.friends_max,
            open_max=self.friend_requests_open,
        )

    @property
    def call_terms(self) -> CallTerms:
        """Return the limit of unanswered calls to a friend."""
        return CallTerms(many=self.friend_calls, within_ms=round(self.friend_calls_s * 1_000))

    @property
    def presence_pace(self) -> Pace:
        """Return the intervals of presence changes sent to friends."""
        return Pace(hold_ms=round(self.presence_hold_s * 1_000), every_ms=round(self.presence_every_s * 1_000))
