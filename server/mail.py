"""Letters over SMTP, sent beside the loop."""

import asyncio
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

import structlog

from matchmaker.errors import Refusal, Unavailable

TIMEOUT_S = 10
UNDER_WAY_MAX = 20
"""Letters that may be on their way at once; each holds a thread."""

log = structlog.get_logger()


class NoMail(Unavailable):
    """This server sends no letters."""

    def __init__(self) -> None:
        Refusal.__init__(self, "this server sends no e-mail: RONDO_SMTP_URL and RONDO_MAIL_FROM are not set")


class Mail:
    """Sends letters through the relay at *url*; None: it sends none."""

    def __init__(self, url: str | None, sender: str | None) -> None:
        self._url = url
        self._sender = sender
        self._under_way: set[asyncio.Task[None]] = set()

    def insist(self) -> None:
        """Make sure that letters can be sent at all.

        Raises:
            NoMail: they cannot.
        """
        if self._url is None or self._sender is None:
            raise NoMail

    def send(self, to: str, subject: str, text: str) -> None:
        """Send a letter in the background: how long it takes tells nobody whether there is such an account.

        Raises:
            NoMail: letters cannot be sent at all.
            Unavailable: too many are on their way.
        """
        self.insist()
        if len(self._under_way) >= UNDER_WAY_MAX:
            raise Unavailable
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = self._sender, to, subject
        letter["Date"], letter["Message-ID"] = formatdate(), make_msgid(domain="rondo.invalid")
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday reply, please
        letter.set_content(text)
        task = asyncio.create_task(self._deliver(letter))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        """Wait for what is on its way."""
        await asyncio.gather(*self._under_way)

    async def _deliver(self, letter: EmailMessage) -> None:
        try:
            await asyncio.to_thread(_hand_over, self._url or "", letter)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            # Not to whom: addresses stay out of the log.
            log.warning("a letter was not sent", reason=type(error).__name__)


def greet(url: str, *, timeout_s: float) -> None:
    """Log in at the relay at *url*, and send nothing; blocks.

    Raises:
        OSError: it cannot be reached, or its certificate is not good.
        SMTPException: it does not let us in.
        ValueError: a password would go to it in the clear.
    """
    with _log_in(url, timeout_s) as relay:
        relay.noop()


def _hand_over(url: str, letter: EmailMessage) -> None:
    """Give *letter* to the relay."""
    with _log_in(url, TIMEOUT_S) as relay:
        relay.send_message(letter)


@contextmanager
def _log_in(url: str, timeout_s: float) -> Iterator[smtplib.SMTP]:
    """Give the relay, logged in: over TLS from the start (smtps), or as soon as the relay offers it (smtp)."""
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
            raise ValueError("a password goes to a relay over TLS only")
        if parts.username:
            relay.login(unquote(parts.username), unquote(parts.password or ""))
        yield relay
