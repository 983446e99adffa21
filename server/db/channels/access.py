"""Access to channels: members from joining on, former members up to leaving, no one to a DM with a user they
blocked.
"""

from typing import Any, Literal

import msgspec

from matchmaker.domain.errors import NotFound
from matchmaker.domain.ids import UserId
from server.db.channels.records import ChannelKind
from server.db.pool import DatabaseConnection, Pool

# Every read of a user goes through this. `$1` is the channel, `$2` the user.
SEEN = """
SELECT c.kind, c.last_n, c.rev, c.closed_at IS NOT NULL AS is_closed, m.joined_n, m.left_n, m.is_owner, m.slot
FROM channels c JOIN channel_members m ON m.channel_id = c.channel_id AND m.user_id = $2::uuid
WHERE c.channel_id = $1::uuid AND NOT (c.kind = 'dm' AND c.closed_at IS NOT NULL AND EXISTS (
    SELECT FROM blocks b WHERE b.user_id = $2::uuid
       AND b.target_id = CASE WHEN c.low = $2::uuid THEN c.high ELSE c.low END))
"""
LOCKED = SEEN + " FOR NO KEY UPDATE OF c"

Role = Literal["owner", "member", "former"]


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """A user's view of a channel: messages with `joined_n < n <= last_n` can be read."""

    kind: ChannelKind
    joined_n: int
    last_n: int
    """For a former member the last one before leaving."""
    rev: int
    is_closed: bool
    is_present: bool
    is_owner: bool

    @property
    def is_writable(self) -> bool:
        """Whether the user can send messages."""
        return self.is_present and not self.is_closed

    def can_read(self, n: int) -> bool:
        """Return whether the user can read message *n*."""
        return self.joined_n < n <= self.last_n


async def access_of(source: Pool | DatabaseConnection, channel_id: str, user: UserId) -> Access:
    """Return the view of a channel that *user* has.

    Raises:
        NotFound: there is no such channel, or they may not see it.
    """
    return _access(await source.fetchrow(SEEN, channel_id, user))


async def lock_channel(connection: DatabaseConnection, channel_id: str, user: UserId) -> Access:
    """Lock a channel until the transaction ends, and return the view that *user* has of it as of then.

    Raises:
        NotFound: there is no such channel, or they may not see it.
    """
    if await connection.fetchrow(LOCKED, channel_id, user) is None:
        raise NotFound("there is no such channel")
    # Read again: the statement that waited for the lock has read the members as of before.
    return _access(await connection.fetchrow(SEEN, channel_id, user))


def _access(row: Any) -> Access:
    if row is None:
        raise NotFound("there is no such channel")
    return Access(
        kind=row["kind"],
        joined_n=row["joined_n"],
        last_n=row["last_n"] if row["left_n"] is None else row["left_n"],
        rev=row["rev"],
        is_closed=row["is_closed"],
        is_present=row["left_n"] is None,
        is_owner=row["is_owner"],
    )
