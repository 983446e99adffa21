"""Friends and friend requests as clients see them."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import Gender, Profile

PresenceState = Literal["online", "in_call", "offline"]
AskStatus = Literal["requested", "friends", "needs_account"]


class PeopleLimits(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the operator allows in channels, for a client that checks before it sends."""

    message_chars: int = 2_000
    mentions_max: int = 10
    reactions_max: int = 20
    """Different emoji on one message."""
    edit_s: float = 900
    """How long after sending a text can be edited, in seconds."""
    typing_every_s: float = 3
    """More typing notices of a user than one in so many seconds are not passed on."""
    attachments_per_message: int = 4
    """0: the server stores no files, and no avatars."""
    attachment_bytes: int = 10_485_760
    group_members_max: int = 10
    unread_max: int = 100
    """Up to here unread messages of a channel are counted."""


class FriendObject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A friend, as you see them."""

    user_id: UserId
    display_name: str
    avatar_url: str | None
    bio: str
    status_text: str
    nickname: Annotated[str, Meta(description="yours for them; they never see it")]
    note: Annotated[str, Meta(description="yours about them; they never see it")]
    since_at: int
    presence: PresenceState
    """`offline` too if one of you does not show their presence."""
    channel_id: str | None
    """Of your DM; null: it was never opened."""
    gender: Gender
    interests: tuple[str, ...] = ()


class FriendRequestObject(msgspec.Struct, frozen=True, kw_only=True):
    """A friend request, as one of the two sees it."""

    user: Profile
    """The other user."""
    note: str
    quiet: bool | UnsetType = UNSET
    """Only of a request that you sent."""
    asked_at: int
    until_at: int


class FriendPresenceObject(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a friend is now."""

    user_id: UserId
    presence: PresenceState
