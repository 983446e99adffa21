"""Sends the e-mail of the outbox: leased, at least once, always with the same Message-ID."""

import asyncio
import smtplib
from collections import Counter
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from typing import Final

import structlog

from matchmaker.domain.clock import Clock
from matchmaker.domain.ids import UserId
from server.auth.keyed_hash import KeyedHasher
from server.db.notifications import email_outbox
from server.db.notifications.email_outbox import Email
from server.db.pool import Pool
from server.domain.email_address import for_smtp
from server.domain.people import email as rules
from server.domain.people.notification_kinds import TERMS, UNLIMITED
from server.people.unsubscribe import token_of
from server.runtime.mail import Mailer

LOOK_S: Final = 1.0
"""How often a node checks for e-mail that is due."""
AT_ONCE: Final = 10
"""How many e-mails a node leases at once; each holds a thread."""
POLICY: Final = SMTP.clone(max_line_length=998)
"""A folded List-Unsubscribe would be encoded, and no program would find the link. RFC 5322 allows 998 characters."""

log = structlog.get_logger()


class EmailSender:
    """Sends e-mail, one lease after the other."""

    def __init__(
        self,
        pool: Pool,
        *,
        mail: Mailer,
        hasher: KeyedHasher,
        clock: Clock,
        public_origin: str | None,
        day_max: int,
        counts: Counter[str],
    ) -> None:
        """*counts*: what became of e-mails. *public_origin*: start of links; without https no one-click unsubscribe."""
        self._pool = pool
        self._mail = mail
        self._hasher = hasher
        self._clock = clock
        self._origin = public_origin
        self._day_max = day_max
        self.counts = counts
        self._is_failing = False

    async def run(self) -> None:
        """Send what is due, repeatedly; runs until cancelled.

        Raises:
            Unavailable: the database does not answer. Leases expire soon.
        """
        while True:
            if await self.send_due() < AT_ONCE:
                await asyncio.sleep(LOOK_S)

    async def send_due(self) -> int:
        """Lease some e-mails that are due and send them; return how many.

        Raises:
            Unavailable: the database went away; leased e-mails that were not finished are sent again, by any node.
        """
        found = await email_outbox.lease(self._pool, now=self._clock.now(), limit=AT_ONCE)
        wanted = self._wanted(found)
        await asyncio.gather(
            *(self._send(email) if email.email_id in wanted else self._end(email, "cancelled") for email in found)
        )
        return len(found)

    def _wanted(self, found: Sequence[Email]) -> set[str]:
        """Return the ids of those of *found*, leased together, that are to be sent."""
        wanted: set[str] = set()
        sent: Counter[UserId | None] = Counter()
        mentioned: set[tuple[UserId | None, str]] = set()
        for email in sorted(found, key=lambda one: one.kind == "message"):
            key = email.user_id, email.subject_id
            if not rules.is_wanted(
                email.kind,
                has_address=email.address is not None,
                chosen=email.chosen,
                sent_today=email.today + sent[email.user_id],
                stands=email.stands and not (email.kind == "message" and key in mentioned),
                day_max=self._day_max,
            ):
                continue
            wanted.add(email.email_id)
            if email.kind not in UNLIMITED:
                sent[email.user_id] += 1
            if email.kind == "mention":
                mentioned.add(key)
        return wanted

    async def _send(self, email: Email) -> None:
        assert email.address is not None
        try:
            await self._mail.hand_over(await self._message(email, email.address))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            await self._retry(email, error)
        else:
            self._note_outage(None)
            await self._end(email, "sent")

    async def _retry(self, email: Email, error: Exception) -> None:
        self._note_outage(error)
        at = rules.retry_at(email.attempts, now=self._clock.now())
        if at is None:
            await self._end(email, "failed")
        else:
            self.counts["retried"] += 1
            await email_outbox.try_again(self._pool, email, at=at)

    async def _end(self, email: Email, outcome: email_outbox.Outcome) -> None:
        await email_outbox.end(self._pool, email, outcome, now=self._clock.now())
        self.counts[outcome] += 1

    async def _message(self, email: Email, address: str) -> EmailMessage:
        key = email.subject_id if email.kind == "security" else email.kind
        subject, text = rules.TEXTS[key]
        message = EmailMessage(policy=POLICY)
        message["From"], message["To"], message["Subject"] = self._mail.sender, for_smtp(address), subject
        message["Date"] = formatdate()
        message["Message-ID"] = f"<{email.email_id}@{_domain(self._mail.sender)}>"
        message["Auto-Submitted"] = "auto-generated"
        lines = [text]
        if self._origin is not None:
            lines.append(self._origin + "/")
            if email.user_id is not None and TERMS[email.kind].email != "always":
                link = f"{self._origin}/v1/unsubscribe/{await token_of(self._hasher, email.user_id, email.kind)}"
                if link.startswith("https:"):
                    message["List-Unsubscribe"] = f"<{link}>"
                    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
                lines.append("You can switch this e-mail off in your notification settings.")
        message.set_content("\n\n".join(lines) + "\n")
        return message

    def _note_outage(self, error: Exception | None) -> None:
        """Log when the relay starts to refuse, and when it accepts e-mail again; without address and text."""
        if (error is not None) is self._is_failing:
            return
        self._is_failing = error is not None
        if error is not None:
            log.warning("email_refused", reason=type(error).__name__)
        else:
            log.info("email_sent_again")


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "rondo.invalid"
