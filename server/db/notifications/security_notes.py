"""Security notifications, which are always sent: in the list, and by e-mail to a verified address."""

from typing import Literal

import asyncpg

from matchmaker.domain.ids import UserId
from server.db.notifications import email_outbox, notification_rows

What = Literal["signed_in", "password_changed", "address_changed"]


async def add(connection: asyncpg.Connection, user: UserId, what: What, *, now: int) -> None:
    """Store the notification of *user* that *what* happened, in the same transaction."""
    await notification_rows.add(connection, user, "security", details={"what": what}, now=now)
    await email_outbox.add(connection, user, "security", subject=what, now=now)
