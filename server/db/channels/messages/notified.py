"""Live notifications of a new message: the members who want one, by channel and by kind."""

from collections.abc import Sequence

import msgspec

from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import Profile
from server.db.json_rows import Rows
from server.db.pool import Pool
from server.db.profile_rows import profile_of


class Due(msgspec.Struct, frozen=True):
    """A new message, and a member who may be notified of it."""

    channel_id: str
    n: int
    sender: UserId
    user: UserId
    is_mentioned: bool


class Wanted(msgspec.Struct, frozen=True):
    """The notification of a member: its kind, and the sender."""

    kind: str
    sender: Profile


_DUE = Rows("ord int, channel_id uuid, user_id uuid, sender_id uuid, is_mentioned boolean")
WANTED = f"""
SELECT k.ord, x.kind, s.user_id::text AS sender, s.display_name, s.gender, s.interests
FROM ({_DUE.table}) AS k
JOIN channel_members m ON m.channel_id = k.channel_id AND m.user_id = k.user_id AND m.left_at IS NULL
JOIN users s ON s.user_id = k.sender_id
CROSS JOIN LATERAL (
    SELECT v.kind FROM (VALUES ('mention', k.is_mentioned AND m.notify <> 'none'), ('message', m.notify = 'all'))
        AS v (kind, holds)
    WHERE v.holds AND NOT EXISTS (
        SELECT FROM notification_settings c WHERE c.user_id = k.user_id AND c.kind = v.kind AND NOT c.live)
    LIMIT 1) AS x
"""  # noqa: S608 - constants of this code


async def wanted(pool: Pool, due: Sequence[Due]) -> list[Wanted | None]:
    """Return for each of *due* the notification to send; None: there is none."""
    found: list[Wanted | None] = [None] * len(due)
    packed = _DUE.pack((ord_, one.channel_id, one.user, one.sender, one.is_mentioned) for ord_, one in enumerate(due))
    for row in await pool.fetch(WANTED, packed):
        found[row["ord"]] = Wanted(row["kind"], profile_of(row, user_id="sender"))
    return found
