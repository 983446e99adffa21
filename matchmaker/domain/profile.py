"""What others may know of a person."""

from typing import Literal

import msgspec

from matchmaker.domain.ids import UserId

Gender = Literal["female", "male", "nonbinary", "unspecified"]
GENDERS: frozenset[Gender] = frozenset(("female", "male", "nonbinary", "unspecified"))


class Profile(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A person as other people see them."""

    user_id: UserId
    display_name: str
    gender: Gender = "unspecified"
    interests: tuple[str, ...] = ()
    mirror: bool = False
    """True for the machine that sends your own picture back."""
