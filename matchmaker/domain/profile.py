"""The public profile of a user."""

from typing import Literal

import msgspec

from matchmaker.domain.ids import UserId

Gender = Literal["female", "male", "nonbinary", "unspecified"]
GENDERS: frozenset[Gender] = frozenset(("female", "male", "nonbinary", "unspecified"))


class Profile(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A user as other users see them."""

    user_id: UserId
    display_name: str
    gender: Gender = msgspec.field(default_factory=lambda: "unspecified")
    # A factory: always encoded. msgspec omits a plain default only if it is the same object, not an equal string.
    interests: tuple[str, ...] = ()
    mirror: bool = False
    """True for the mirror, the bot that sends a user's own picture back."""
