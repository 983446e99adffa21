"""E-mail over SMTP, sent in threads."""

import asyncio
import smtplib
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from matchmaker.domain.errors import RequestError, Unavailable
from server.domain.email_address import for_smtp
from server.runtime.fault_log import Faults

TIMEOUT_S = 10
UNDER_WAY_MAX = 20
"""Number of e-mails sent concurrently; each takes a thread."""


class Letter(NamedTuple):
    """An e-mail to one mailbox."""

    to: str
    subject: str
    text: str


class MailNotConfigured(Unavailable):
    """This server sends no e-mail."""

    def __init__(self) -> None:
        RequestError.__init__(self, "this server sends no e-mail: RONDO_SMTP_URL and RONDO_MAIL_FROM are not set")


class Mailer:
    """Sends e-mail through the SMTP server at *url*; None: sends none."""

    def __init__(self, url: str | None, sender: str | None, faults: Faults) -> None:
        self._faults = faults
        self._url = url
        self._sender = sender
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def is_on(self) -> bool:
        """Whether e-mail is configured, so that addresses can be verified."""
        return self._url is not None and self._sender is not None

    @property
    def sender(self) -> str:
        """The From address."""
        return self._sender or ""

    async def hand_over(self, message: EmailMessage) -> None:
        """Send *message* to the one mailbox in its To.

        Raises:
            OSError, smtplib.SMTPException, ValueError: the SMTP server did not accept it.
        """
        await asyncio.to_thread(_hand_over, self._url or "", message)

    def require_configured(self) -> None:
        """Check that one more e-mail can be sent now.

        Raises:
            MailNotConfigured: e-mail is not configured.
            Unavailable: too many e-mails are being sent.
        """
        if not self.is_on:
            raise MailNotConfigured
        if len(self._under_way) >= UNDER_WAY_MAX:
            raise Unavailable

    def post(self, write: Callable[[], Awaitable[Letter | None]]) -> None:
        """Compose an e-mail and send it, all in the background; None: there is nothing to send.

        Neither the answer nor its time reveals whether an e-mail was sent, nor its recipient.

        Raises as `require_configured`.
        """
        self.require_configured()
        task = asyncio.create_task(self._deliver(write))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        """Wait for e-mails that are being sent."""
        await asyncio.gather(*self._under_way)

    async def _deliver(self, write: Callable[[], Awaitable[Letter | None]]) -> None:
        try:
            letter = await write()
            if letter is not None:
                await asyncio.to_thread(_hand_over, self._url or "", self._envelope(letter))
        except (OSError, smtplib.SMTPException, ValueError, Unavailable) as error:
            # Without the recipient: addresses are not logged.
            reason = type(error).__name__
            self._faults.warn("letter_not_sent", reason, reason=reason)

    def _envelope(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        # Checked again: an account of an earlier release may have an address that SMTP reads as several.
        message["From"], message["To"], message["Subject"] = self._sender, for_smtp(letter.to), letter.subject
        message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="rondo.invalid")
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: suppresses automatic replies
        message.set_content(letter.text)
        return message


def greet(url: str, *, timeout_s: float) -> None:
    """Log in to the SMTP server at *url*, and send nothing; blocks.

    Raises:
        OSError: it cannot be reached, or its certificate is invalid.
        smtplib.SMTPException: it rejects the credentials.
        ValueError: the password would be sent without TLS.
    """
    with _log_in(url, timeout_s) as relay:
        relay.noop()


def _hand_over(url: str, message: EmailMessage) -> None:
    """Send *message* to the one mailbox in its To."""
    with _log_in(url, TIMEOUT_S) as relay:
        relay.send_message(message, to_addrs=[message["To"]])


@contextmanager
def _log_in(url: str, timeout_s: float) -> Iterator[smtplib.SMTP]:
    """Return a connection, logged in: over TLS from the start (smtps), or by STARTTLS if offered (smtp)."""
    parts = urlsplit(url)
    host, context = parts.hostname or "localhost", ssl.create_default_context()
    if parts.scheme == "smtps":
        relay: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=timeout_s, context=context)
    else:
        relay = smtplib.SMTP(host, parts.port or 587, timeout=timeout_s)
    with relay:
        relay.ehlo()
        if parts.scheme == "smtp" and relay.has_extn("starttls"):
            relay.starttls(context=context)
            relay.ehlo()
        elif parts.scheme == "smtp" and parts.username:
            raise ValueError("a password is sent over TLS only")
        if parts.username:
            relay.login(unquote(parts.username), unquote(parts.password or ""))
        yield relay
