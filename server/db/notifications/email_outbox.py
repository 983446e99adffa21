"""The e-mail outbox: written with its cause, leased by one node, retried until it is sent or given up."""

from collections.abc import Sequence
from typing import Final, Literal

import asyncpg
import msgspec

from matchmaker.domain.ids import UserId, new_id
from server.db.pool import Pool
from server.domain.people.notification_kinds import TERMS, UNLIMITED, Kind

LEASE_MS: Final = 60_000
"""How long a node may take to send one e-mail; then another leases it."""
DAY_MS: Final = 86_400_000
LOCK: Final = 0x656D61696C
"""Advisory lock of a lease: it counts what other nodes have leased, so these are to be committed."""

# Addresses are verified only where e-mail is sent: without SMTP nothing is stored.
ADD = """
INSERT INTO email_outbox (email_id, user_id, kind, subject_id, due_at, created_at)
SELECT $1::uuid, u.user_id, $3, $4, at_ms($5), at_ms($6)
FROM users u LEFT JOIN notification_settings s ON s.user_id = u.user_id AND s.kind = $3
WHERE u.user_id = $2::uuid AND u.email_verified_at IS NOT NULL AND ($8 OR COALESCE(s.email, $7))
ON CONFLICT (user_id, kind, subject_id) WHERE done_at IS NULL DO NOTHING
"""
ADD_FAREWELL = """
INSERT INTO email_outbox (email_id, address, kind, subject_id, due_at, created_at)
VALUES ($1::uuid, $2, 'security', 'account_deleted', at_ms($3), at_ms($3))
"""
# Users whose messages `m.user_id` does not see.
_UNSEEN = """ARRAY(SELECT b.target_id FROM blocks b WHERE b.user_id = m.user_id
                       UNION ALL SELECT h.sender_id FROM hidden_senders h WHERE h.user_id = m.user_id)"""
# About messages: one e-mail per channel until it is read, so none while the oldest unread message is older than the
# last e-mail; none about messages that the user does not see, or since the channel is muted.
# About a notification in the list, which was created at the same instant: none once it is read.
LEASE = f"""
WITH due AS (
    SELECT email_id FROM email_outbox
    WHERE done_at IS NULL AND due_at <= at_ms($1) AND (leased_until IS NULL OR leased_until <= at_ms($1))
    ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
), leased AS (
    UPDATE email_outbox e SET leased_until = at_ms($1::bigint + {LEASE_MS}), attempts = e.attempts + 1
    FROM due WHERE e.email_id = due.email_id RETURNING e.*
)
SELECT l.email_id::text, l.user_id::text, l.kind, l.subject_id, l.attempts,
       COALESCE(l.address, CASE WHEN u.email_verified_at IS NOT NULL THEN u.email END) AS address,
       s.email AS chosen,
       (SELECT count(*) FROM email_outbox d WHERE d.user_id = l.user_id AND d.kind <> ALL ($3::text[])
          AND CASE WHEN d.done_at IS NULL THEN d.leased_until > at_ms($1)
                   ELSE d.outcome = 'sent' AND d.done_at > at_ms($1::bigint - {DAY_MS}) END) AS today,
       CASE
           WHEN l.kind IN ('message', 'mention') THEN
               NOT EXISTS (SELECT FROM connected_users c WHERE c.user_id = l.user_id) AND EXISTS (
                   SELECT FROM channel_members m CROSS JOIN LATERAL (
                       SELECT x.sent_at FROM channel_messages x
                       WHERE x.channel_id = m.channel_id AND x.n > m.read_n AND x.sender_id <> m.user_id
                         AND x.deleted_at IS NULL AND x.sender_id <> ALL ({_UNSEEN})
                       ORDER BY x.n LIMIT 1) AS unread
                   WHERE m.user_id = l.user_id AND m.channel_id::text = l.subject_id AND m.left_at IS NULL
                     AND m.notify <> 'none' AND CASE WHEN l.kind = 'message' THEN m.notify = 'all' ELSE EXISTS (
                         SELECT FROM mentions y JOIN channel_messages x USING (channel_id, n)
                         WHERE y.user_id = m.user_id AND y.channel_id = m.channel_id AND y.n > m.read_n
                           AND x.sender_id <> ALL ({_UNSEEN})) END
                     AND NOT EXISTS (
                         SELECT FROM email_outbox o WHERE o.user_id = l.user_id AND o.subject_id = l.subject_id
                           AND o.kind IN ('message', 'mention') AND o.outcome = 'sent' AND o.done_at >= unread.sent_at))
           WHEN l.kind = 'ban' THEN EXISTS (
               SELECT FROM ban_records b WHERE b.user_id = l.user_id AND b.lifted_at IS NULL)
           WHEN l.kind = 'security' THEN true
           ELSE NOT EXISTS (
               SELECT FROM referral_notifications n WHERE n.user_id = l.user_id AND n.kind = l.kind
                 AND n.created_at = l.created_at AND n.read_at IS NOT NULL) END AS stands
FROM leased l LEFT JOIN users u ON u.user_id = l.user_id
LEFT JOIN notification_settings s ON s.user_id = l.user_id AND s.kind = l.kind
"""  # noqa: S608 - constants of this code
# Only while the lease is ours: an e-mail that another node has leased since is not ours to finish.
END = """
UPDATE email_outbox SET done_at = at_ms($3), outcome = $4, leased_until = NULL
WHERE email_id = $1::uuid AND attempts = $2 AND done_at IS NULL
"""
# The address of a deleted account is kept only until its e-mail is sent.
END_FAREWELL = "DELETE FROM email_outbox WHERE email_id = $1::uuid AND attempts = $2 AND user_id IS NULL"
AGAIN = """
UPDATE email_outbox SET due_at = at_ms($3), leased_until = NULL
WHERE email_id = $1::uuid AND attempts = $2 AND done_at IS NULL
"""
FAILED = """
SELECT e.email_id::text, e.user_id::text, e.kind, e.attempts, unix_ms(e.created_at) AS created_at,
       unix_ms(e.done_at) AS failed_at
FROM email_outbox e WHERE e.outcome = 'failed' AND (e.done_at, e.email_id) < (at_ms($1), $2::uuid)
ORDER BY e.done_at DESC, e.email_id DESC LIMIT $3
"""
FORGET = """
DELETE FROM email_outbox WHERE email_id IN (SELECT email_id FROM email_outbox WHERE done_at <= at_ms($1) LIMIT $2)
"""

Outcome = Literal["sent", "cancelled", "failed"]


class Email(msgspec.Struct, frozen=True, kw_only=True):
    """An e-mail that this node has leased."""

    email_id: str
    user_id: UserId | None
    """None: the account was deleted."""
    kind: Kind
    subject_id: str
    attempts: int
    """Including this one."""
    address: str | None
    chosen: bool | None
    """The user's setting for this kind; None: there is none."""
    today: int
    """How many e-mails the user got within 24 hours, or other nodes are sending."""
    stands: bool
    """Whether the reason still applies."""


class FailedEmail(msgspec.Struct, frozen=True, kw_only=True):
    """An e-mail that was given up, for operators. Without address and text."""

    email_id: str
    user_id: UserId | None
    kind: str
    attempts: int
    created_at: int
    failed_at: int


async def add(
    connection: asyncpg.Connection, user: UserId, kind: Kind, *, subject: str = "", now: int, delay_ms: int = 0
) -> None:
    """Store that *user* is to get an e-mail of *kind* about *subject*, if they want it and have a verified address.

    One at a time for each kind and subject. Part of the transaction of its cause.
    """
    use = TERMS[kind].email
    await connection.execute(
        ADD, new_id(now), user, kind, subject, now + delay_ms, now, use in ("on", "always"), use == "always"
    )


async def add_farewell(connection: asyncpg.Connection, address: str, *, now: int) -> None:
    """Store the e-mail to *address*, of an account that is being deleted, about its deletion."""
    await connection.execute(ADD_FAREWELL, new_id(now), address, now)


async def lease(pool: Pool, *, now: int, limit: int) -> list[Email]:
    """Lease up to *limit* e-mails that are due; no other node leases them at the same time."""
    async with pool.transaction() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        rows = await connection.fetch(LEASE, now, limit, sorted(UNLIMITED))
    return [msgspec.convert(dict(row), Email) for row in rows]


async def end(pool: Pool, email: Email, outcome: Outcome, *, now: int) -> None:
    """Store the outcome of an e-mail; for one to a deleted account nothing is kept."""
    if email.user_id is None:
        await pool.execute(END_FAREWELL, email.email_id, email.attempts)
    else:
        await pool.execute(END, email.email_id, email.attempts, now, outcome)


async def try_again(pool: Pool, email: Email, *, at: int) -> None:
    """Store that an e-mail is to be retried at the instant *at*."""
    await pool.execute(AGAIN, email.email_id, email.attempts, at)


async def failed(pool: Pool, *, before: tuple[int, str], limit: int) -> Sequence[FailedEmail]:
    """Return e-mails that were given up before that cursor, the latest first."""
    return [msgspec.convert(dict(row), FailedEmail) for row in await pool.fetch(FAILED, *before, limit)]


async def forget(pool: Pool, *, before: int, limit: int = 1_000) -> int:
    """Delete up to *limit* e-mails that were finished by *before*, and return how many there were."""
    return int((await pool.execute(FORGET, before, limit)).removeprefix("DELETE "))
