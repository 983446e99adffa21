"""Check of the SMTP server: greeting and log-in; no e-mail is sent."""

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
    """Log in to the SMTP server, if there is one."""
    if settings.smtp_url is None:
        return [Finding(CHECK, "skip", "not configured: no verified addresses, no reset of passwords (RONDO_SMTP_URL)")]
    shown = redact("smtp_url", settings.smtp_url)
    try:
        await asyncio.to_thread(greet, settings.smtp_url, timeout_s=PATIENCE_S)
    except smtplib.SMTPAuthenticationError as error:
        return [
            _fail(f"{shown} rejects our credentials ({error.smtp_code})", "check user and password in RONDO_SMTP_URL")
        ]
    except ssl.SSLError as error:
        return [
            _fail(
                f"{shown}: {error.reason or 'no TLS'}",
                "use the name in its certificate, and smtps:// if it uses TLS from the start",
            )
        ]
    except ValueError:
        return [_fail(f"{shown} offers no TLS", "use smtps://, or another port: a password is sent over TLS only")]
    except (OSError, smtplib.SMTPException) as error:
        return [_fail(f"{shown} cannot be used ({type(error).__name__})", "check host, port and firewall")]
    return [Finding(CHECK, "ok", f"{shown} accepts our log-in")]


def _fail(found: str, remedy: str) -> Finding:
    return Finding(CHECK, "fail", found, remedy)
