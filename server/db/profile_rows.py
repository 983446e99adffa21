"""Profiles of users in rows of any table."""

import asyncpg

from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import Profile


def profile_of(row: asyncpg.Record, *, user_id: str = "user_id", display_name: str = "display_name") -> Profile:
    """Return the profile in a row with columns of these names, `gender` and `interests`."""
    return Profile(
        user_id=UserId(row[user_id]),
        display_name=row[display_name],
        gender=row["gender"],
        interests=tuple(row["interests"]),
    )
