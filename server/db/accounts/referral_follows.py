"""Following introduction links: the first follower becomes a question to the target. Instants are Unix milliseconds."""

import asyncpg
import msgspec

from matchmaker.domain.errors import Invalid, NotFound
from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import Profile
from server.db.accounts.referrals import LINK, LINK_MS
from server.db.profile_rows import profile_of
from server.domain.link_terms import LinkTerms

INTRODUCTION, QUESTION = "introduction", "introduction_request"
"""Kinds of notifications."""

# Followers of one link are serialized: each sees the changes of those before.
LOCKED = f"{LINK} FOR UPDATE OF m"
# Evaluated for every code, so that an expired link and a full one take the same time. After the lock, so that it sees
# what earlier followers stored. A question is deleted with the account that it shows; then the next follower becomes
# one.
FOLLOWER = """
SELECT EXISTS (SELECT FROM referral_follows f WHERE f.follower_id = $1::uuid AND f.code = $2)
       OR EXISTS (SELECT FROM referral_requests r WHERE r.follower_id = $1::uuid AND r.code = $2) AS is_known,
       EXISTS (SELECT FROM blocks x WHERE x.user_id = $3::uuid AND x.target_id = $1::uuid)
       OR EXISTS (SELECT FROM blocks x WHERE x.user_id = $1::uuid AND x.target_id = $3::uuid)
       OR EXISTS (SELECT FROM block_newcomers n WHERE n.user_id = $3::uuid AND n.other_id = $1::uuid
                     AND n.until_at > now())
       OR EXISTS (SELECT FROM block_newcomers n WHERE n.user_id = $1::uuid AND n.other_id = $3::uuid
                     AND n.until_at > now()) AS is_blocked,
       EXISTS (SELECT FROM referral_notifications n WHERE n.user_id = $3::uuid AND n.code = $2) AS is_asked
"""
COUNT = """
UPDATE referral_mappings SET followed_at = ARRAY(
    SELECT at FROM unnest(followed_at || at_ms($2)) AS f (at) WHERE at > at_ms($2) - interval '1 day')
WHERE code = $1
"""
INTRODUCE = """
INSERT INTO referral_follows (follower_id, code, target_id, introducer_id, followed_at, until_at)
VALUES ($1::uuid, $2, $3::uuid, $4::uuid, at_ms($5), at_ms($6)) ON CONFLICT (follower_id, code) DO NOTHING
"""
REQUEST = """
INSERT INTO referral_requests (follower_id, code, requested_at, until_at)
VALUES ($1::uuid, $2, at_ms($3), at_ms($4)) ON CONFLICT (follower_id, code) DO NOTHING
"""
ASK = "UPDATE referral_mappings SET asked_until = at_ms($2) WHERE code = $1"
TELL = """
INSERT INTO referral_notifications (
    notification_id, user_id, kind, about_id, introducer_id, created_at, code, until_at)
VALUES ($1::uuid, $2::uuid, $3, $4::uuid, $5::uuid, at_ms($6), $7, at_ms($8))
"""


class Follow(msgspec.Struct, frozen=True, kw_only=True):
    """A follow of a link."""

    target: Profile
    introducer: str
    """The follower's name."""
    is_introduced: bool
    """Whether both are paired first from now on; False: they were before, or the target has yet to agree."""
    notification_id: str | None
    """The notification to send to the target, once; None: there is none, or it was sent before."""


async def follow(
    connection: asyncpg.Connection, code: str, follower: UserId, *, notification_id: str, terms: LinkTerms, now: int
) -> Follow:
    """Store, in a transaction, that *follower* followed the link *code*, with the notification of its target;
    idempotent.

    The first follower of a link is a question to its target; until it is answered followers wait.

    Raises:
        NotFound: there is no such link, it has expired, it has had its followers of the day, or *follower* is deleted.
        Invalid: the follower made the link, or is its target.
    """
    row = await connection.fetchrow(LOCKED, code, now)
    target = follower if row is None else row["target_id"]
    [(is_known, is_blocked, is_asked)] = await connection.fetch(FOLLOWER, follower, code, target)
    if row is None or (not is_known and _is_full(row, follower, terms)):
        raise NotFound("there is no such introduction, or it is over")
    if row["target_id"] == follower:
        raise Invalid("code", "this introduction is to you: give the link to a friend")
    if row["introducer_id"] == follower:
        raise Invalid("code", "you made this link: give it to a friend")
    told = None
    if not is_known:
        notice = None if is_blocked else notification_id
        try:
            told = await _store(
                connection, row, follower, notification_id=notice, is_asked=is_asked, terms=terms, now=now
            )
        except asyncpg.ForeignKeyViolationError:
            raise NotFound("there is no such introduction, or it is over") from None
    return Follow(
        target=profile_of(row, user_id="target_id", display_name="target"),
        introducer=row["introducer"],
        is_introduced=row["is_open"] and not is_known,
        notification_id=told,
    )


def _is_full(link: asyncpg.Record, follower: UserId, terms: LinkTerms) -> bool:
    """Return whether a link accepts no new follower; its maker and target get another answer."""
    if terms.followers_a_day is None or follower in (link["target_id"], link["introducer_id"]):
        return False
    return bool(link["today"] >= terms.followers_a_day)


async def _store(
    connection: asyncpg.Connection,
    link: asyncpg.Record,
    follower: UserId,
    *,
    notification_id: str | None,
    is_asked: bool,
    terms: LinkTerms,
    now: int,
) -> str | None:
    """Store a new follower; return the notification that the target gets, if any.

    *notification_id* None: of two users who block each other none is notified, and the follower cannot tell.
    """
    code, target, introducer = link["code"], link["target_id"], link["introducer_id"]
    await connection.execute(COUNT, code, now)
    if link["is_open"]:
        await connection.execute(INTRODUCE, follower, code, target, introducer, now, now + LINK_MS)
        if notification_id is not None:
            await connection.execute(TELL, notification_id, target, INTRODUCTION, follower, introducer, now, None, None)
        return notification_id
    until = link["asked_until"] if is_asked else now + terms.ask_ms
    await connection.execute(REQUEST, follower, code, now, until)
    if notification_id is None or is_asked:
        return None
    await connection.execute(ASK, code, until)
    await connection.execute(TELL, notification_id, target, QUESTION, follower, introducer, now, code, until)
    return notification_id
