"""The relay of letters: a greeting and a log-in, no letter."""

import asyncio
import smtplib
import ssl

from server.config.loader import redact
from server.config.settings import Settings
from server.doctor.finding import Finding
from server.runtime.mail import greet

CHECK = "letters"
PATIENCE_S = 5.0


async def examine(settings: Settings) -> list[Finding]:
    """Log in at the relay, if there is one."""
    if settings.smtp_url is None:
        return [Finding(CHECK, "skip", "none are sent: no verified addresses, no new passwords (RONDO_SMTP_URL)")]
    shown = redact("smtp_url", settings.smtp_url)
    try:
        await asyncio.to_thread(greet, settings.smtp_url, timeout_s=PATIENCE_S)
    except smtplib.SMTPAuthenticationError as error:
        return [_fail(f"{shown} does not let us in ({error.smtp_code})", "check user and password in RONDO_SMTP_URL")]
    except ssl.SSLError as error:
        return [
            _fail(
                f"{shown}: {error.reason or 'no TLS'}",
                "use the name in its certificate, and smtps:// if it speaks TLS from the start",
            )
        ]
    except ValueError:
        return [_fail(f"{shown} offers no TLS", "use smtps://, or another port: a password goes over TLS only")]
    except (OSError, smtplib.SMTPException) as error:
        return [_fail(f"{shown} cannot be used ({type(error).__name__})", "check host, port and firewall")]
    return [Finding(CHECK, "ok", f"{shown} lets us in")]


def _fail(found: str, remedy: str) -> Finding:
    return Finding(CHECK, "fail", found, remedy)
