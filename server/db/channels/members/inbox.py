"""Channels as one member sees them, with the last message, unread counts and members; the list of a user's channels.

Unread is computed: messages after the mark, by others whom the user has not blocked, not deleted, without notices,
counted up to a maximum.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import Gender, Profile
from server.db.channels.members.marks import SHOWN
from server.db.channels.messages.views import FIELDS, SeenMessage, read_seen
from server.db.channels.records import ChannelKind, Notify
from server.db.json_rows import Rows
from server.db.pool import DatabaseConnection, Pool

_KEYS = Rows("ord int, channel_id uuid, user_id uuid")
# Users whose messages a user does not see in groups: users they have blocked, and deleted ones among these.
_UNSEEN = """ARRAY(SELECT b.target_id FROM blocks b WHERE b.user_id = {user}
        UNION ALL SELECT h.sender_id FROM hidden_senders h WHERE h.user_id = {user})"""
# To former members a group is what it was when they left.
VIEWS = f"""
SELECT m.*, v.viewer, v.kind AS channel_kind, v.name, v.is_writable, v.last_n AS upto, v.channel_rev, v.last_at,
    v.members, v.owner_id, v.peer_id, v.read_n, v.notify, v.unread, v.mentions, v.id
FROM (
    SELECT k.ord, k.user_id::text AS viewer, c.channel_id::text AS id, c.kind, COALESCE(p.left_name, c.name) AS name,
        c.rev AS channel_rev, unix_ms(COALESCE(p.left_at, c.last_at)) AS last_at, p.joined_n, p.read_n, p.notify,
        o.unseen, c.closed_at IS NULL AND p.left_at IS NULL AS is_writable, r.upto AS last_n,
        CASE WHEN p.left_at IS NULL THEN (
            SELECT json_agg(json_build_array(u.user_id, u.display_name, u.gender, u.interests) ORDER BY q.slot)::text
            FROM channel_members q JOIN users u USING (user_id)
            WHERE q.channel_id = c.channel_id AND q.left_at IS NULL) END AS members,
        (SELECT q.user_id::text FROM channel_members q
         WHERE q.channel_id = c.channel_id AND q.is_owner AND q.left_at IS NULL AND p.left_at IS NULL) AS owner_id,
        CASE WHEN c.low = k.user_id THEN c.high ELSE c.low END::text AS peer_id,
        CASE WHEN r.upto > r.after_n THEN (SELECT count(*) FROM (
            SELECT FROM channel_messages x WHERE x.channel_id = c.channel_id AND x.n > r.after_n AND x.n <= r.upto
               AND x.kind <> 'notice' AND x.deleted_at IS NULL AND x.sender_id IS DISTINCT FROM k.user_id
               AND x.sender_id <> ALL (o.unseen)
            LIMIT $2) AS t) ELSE 0 END AS unread,
        CASE WHEN r.upto > r.after_n THEN (SELECT count(*) FROM (
            SELECT FROM mentions x JOIN channel_messages y USING (channel_id, n)
            WHERE x.user_id = k.user_id AND x.channel_id = c.channel_id AND x.n > r.after_n AND x.n <= r.upto
               AND y.sender_id <> ALL (o.unseen)
            LIMIT $2) AS t) ELSE 0 END AS mentions
    FROM ({_KEYS.table}) AS k
    JOIN channel_members p ON p.channel_id = k.channel_id AND p.user_id = k.user_id
    JOIN channels c ON c.channel_id = k.channel_id
    CROSS JOIN LATERAL (
        SELECT GREATEST(p.read_n, p.joined_n) AS after_n, COALESCE(p.left_n, c.last_n) AS upto) AS r
    CROSS JOIN LATERAL (SELECT {_UNSEEN.format(user="k.user_id")} AS unseen) AS o
) AS v
LEFT JOIN LATERAL (
    SELECT {FIELDS},
        v.kind = 'group' AND m.sender_id = ANY (v.unseen) AS is_hidden,
        m.sender_id = v.viewer::uuid OR EXISTS (
            SELECT FROM friendships f WHERE f.low = LEAST(m.sender_id, v.viewer::uuid)
               AND f.high = GREATEST(m.sender_id, v.viewer::uuid)) AS sees_files
    FROM channel_messages m WHERE m.channel_id = v.id::uuid AND m.n = v.last_n AND v.last_n > v.joined_n
) AS m ON true
ORDER BY v.ord
"""  # noqa: S608 - constants of this code
_UNREAD = f"""SELECT true FROM channel_messages x WHERE x.channel_id = mine.channel_id AND x.kind <> 'notice'
            AND x.deleted_at IS NULL AND x.sender_id IS DISTINCT FROM $1::uuid
            AND x.sender_id <> ALL ({_UNSEEN.format(user="$1::uuid")})"""  # noqa: S608 - constants of this code
_NEAR = 4
"""Messages after the mark that are looked at first: nearly always one is unread, and PostgreSQL compares everything in
the range on a page of the index before it returns the first."""
# Closed DMs with a user whom one has blocked are not seen. The subqueries with LIMIT are not turned into joins, which
# would read each channel from its beginning.
LIST = f"""
WITH mine AS MATERIALIZED (
    SELECT c.channel_id, c.last_at, c.last_n, GREATEST(m.read_n, m.joined_n) AS after_n
    FROM channel_members m JOIN channels c ON c.channel_id = m.channel_id
    WHERE m.user_id = $1::uuid AND m.left_at IS NULL AND NOT (c.kind = 'dm' AND c.closed_at IS NOT NULL AND EXISTS (
        SELECT FROM blocks b WHERE b.user_id = $1::uuid
           AND b.target_id = CASE WHEN c.low = $1::uuid THEN c.high ELSE c.low END))
), page AS MATERIALIZED (
    SELECT channel_id, last_at FROM mine WHERE (last_at, channel_id) < (at_ms($2), $3::uuid)
    ORDER BY last_at DESC, channel_id DESC LIMIT $4
)
SELECT (SELECT count(*) FROM mine WHERE last_n > after_n AND COALESCE(
        ({_UNREAD} AND x.n > mine.after_n AND x.n <= LEAST(mine.last_n, mine.after_n + {_NEAR}) LIMIT 1),
        ({_UNREAD} AND x.n > mine.after_n + {_NEAR} AND x.n <= mine.last_n LIMIT 1))) AS unread,
    ARRAY(SELECT p.channel_id::text FROM page p ORDER BY p.last_at DESC, p.channel_id DESC) AS channels,
    ARRAY(SELECT unix_ms(p.last_at) FROM page p ORDER BY p.last_at DESC, p.channel_id DESC) AS instants
"""  # noqa: S608 - constants of this code
RECEIPTS = f"""
SELECT member.user_id::text, member_user.display_name, member_user.gender, member_user.interests, member.is_owner,
    unix_ms(member.joined_at) AS joined_at,
    member.user_id = viewer.user_id OR ({SHOWN}) AS shows_marks, member.read_n, member.delivered_n
FROM channel_members member JOIN users member_user USING (user_id) JOIN channels channel USING (channel_id)
JOIN channel_members viewer ON viewer.channel_id = member.channel_id AND viewer.user_id = $2::uuid
JOIN users viewer_user ON viewer_user.user_id = viewer.user_id
WHERE member.channel_id = $1::uuid AND member.left_at IS NULL ORDER BY member.slot
"""  # noqa: S608 - constants of this code
# Users whose time in the channel and the viewer's overlap, and who are not listed as members: those who have left, and
# all of them if the viewer has left. What they wrote and the notices about them name them by id. To a viewer who has
# left, who left later is the same as who is still a member.
FORMER = """
SELECT p.user_id::text, u.display_name, u.gender, u.interests
FROM channel_members v JOIN channel_members p USING (channel_id) JOIN users u ON u.user_id = p.user_id
WHERE v.channel_id = $1::uuid AND v.user_id = $2::uuid AND p.user_id <> v.user_id
  AND (p.left_n IS NOT NULL OR v.left_n IS NOT NULL)
  AND (v.left_n IS NULL OR p.joined_n <= v.left_n) AND (p.left_n IS NULL OR p.left_n >= v.joined_n)
ORDER BY CASE WHEN v.left_n IS NULL OR p.left_n <= v.left_n THEN p.left_at END DESC NULLS FIRST, p.user_id LIMIT $3
"""
FORMER_MAX = 100


ACCOUNT = """
SELECT EXISTS (SELECT FROM users WHERE user_id = $1::uuid
                AND CASE WHEN $2 THEN email_verified_at IS NOT NULL ELSE password_hash IS NOT NULL END)
"""


class ChannelView(msgspec.Struct, frozen=True, kw_only=True):
    """A channel as one member sees it."""

    viewer: UserId
    channel_id: str
    kind: ChannelKind
    name: str | None
    peer_id: UserId | None
    """The other user of a DM."""
    peer: Profile | None
    """None: a group, or the account is deleted."""
    members: tuple[Profile, ...]
    """Present ones, for a present member."""
    owner_id: UserId | None
    is_writable: bool
    last_n: int
    rev: int
    last_at: int
    last_message: SeenMessage | None
    read_n: int
    unread: int
    mentions: int
    notify: Notify


class MemberView(msgspec.Struct, frozen=True, kw_only=True):
    """A present member as another one sees them; marks are None unless `marks.SHOWN`."""

    profile: Profile
    is_owner: bool
    joined_at: int
    read_n: int | None
    delivered_n: int | None


_members = msgspec.json.Decoder(tuple[tuple[UserId, str, Gender, tuple[str, ...]], ...]).decode


async def views(
    source: Pool | DatabaseConnection, keys: Iterable[tuple[str, UserId]], *, unread_max: int
) -> list[ChannelView]:
    """Return channels as present or former members see them: by channel and viewer, in the order of *keys*."""
    packed = _KEYS.pack((ord_, channel_id, user) for ord_, (channel_id, user) in enumerate(keys))
    return [_view(row) for row in await source.fetch(VIEWS, packed, unread_max)]


async def page(
    pool: Pool, user: UserId, *, before: tuple[int, str], limit: int, unread_max: int
) -> tuple[list[ChannelView], int, tuple[int, str] | None]:
    """Return up to *limit* channels of *user* after a place in the list, latest first.

    And in how many of all channels something is unread, and the place that leads on.
    """
    [(unread, channels, instants)] = await pool.fetch(LIST, user, *before, limit + 1)
    shown = await views(pool, [(channel_id, user) for channel_id in channels[:limit]], unread_max=unread_max)
    is_more = len(channels) > limit
    return shown, unread, (instants[limit - 1], channels[limit - 1]) if is_more else None


async def has_account(pool: Pool, user: UserId, *, verified: bool) -> bool:
    """Return whether *user* has a permanent account; *verified*: only one with a verified address is."""
    found: bool = await pool.fetchval(ACCOUNT, user, verified)
    return found


async def members(pool: Pool, channel_id: str, viewer: UserId) -> list[MemberView]:
    """Return the present members of a channel, in the order of their slots."""
    return [_member(row) for row in await pool.fetch(RECEIPTS, channel_id, viewer)]


async def former(pool: Pool, channel_id: str, viewer: UserId) -> list[Profile]:
    """Return who was a member while *viewer* was and is no longer, the last to leave first: `FORMER_MAX` at most."""
    return [
        Profile(user_id=UserId(user_id), display_name=name, gender=gender, interests=tuple(interests))
        for user_id, name, gender, interests in await pool.fetch(FORMER, channel_id, viewer, FORMER_MAX)
    ]


def _view(row: Any) -> ChannelView:
    last = None if row["n"] is None else read_seen(row, is_group=row["channel_kind"] == "group")
    members = tuple(
        Profile(user_id=user_id, display_name=name, gender=gender, interests=interests)
        for user_id, name, gender, interests in _members(row["members"] or "[]")
    )
    return ChannelView(
        viewer=UserId(row["viewer"]),
        channel_id=row["id"],
        kind=row["channel_kind"],
        name=row["name"],
        peer_id=row["peer_id"],
        peer=next((one for one in members if one.user_id == row["peer_id"]), None),
        members=members,
        owner_id=row["owner_id"],
        is_writable=row["is_writable"],
        last_n=row["upto"],
        rev=row["channel_rev"],
        last_at=row["last_at"],
        last_message=last,
        read_n=row["read_n"],
        unread=row["unread"],
        mentions=row["mentions"],
        notify=row["notify"],
    )


def _member(row: Any) -> MemberView:
    user_id, name, gender, interests, is_owner, joined_at, shows_marks, read_n, delivered_n = row
    return MemberView(
        profile=Profile(user_id=UserId(user_id), display_name=name, gender=gender, interests=tuple(interests)),
        is_owner=is_owner,
        joined_at=joined_at,
        read_n=read_n if shows_marks else None,
        delivered_n=delivered_n if shows_marks else None,
    )
