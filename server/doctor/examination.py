"""All checks, run concurrently, each with its own timeout; findings contain no secret."""

import asyncio
import sysconfig
from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import unquote, urlsplit

from server.config.errors import StartupError
from server.config.loader import SECRETS, LoadedConfig
from server.config.settings import Settings
from server.doctor import (
    check_redis,
    data_dir,
    database,
    file_storage,
    mail_relay,
    service_probe,
    settings_check,
    turn_relay,
)
from server.doctor.clock_skew import ClockReading
from server.doctor.finding import Finding
from server.runtime.descriptors import most_descriptors

PATIENCE_S = 20.0
"""Upper bound of one check, in seconds: the last resort beside the timeouts of each check."""
SHORT = 4
"""Minimum length of a secret that is replaced in the report: a shorter one is part of many words."""


async def examine(seen: LoadedConfig, url: str | None) -> list[Finding]:
    """Return the findings of all checks; never raises, and takes no longer than the slowest check."""
    settings = seen.settings
    where = url or settings.public_origin
    clock = asyncio.create_task(service_probe.clock(where))

    async def after_clock(part: Callable[[Settings, ClockReading | None], Awaitable[list[Finding]]]) -> list[Finding]:
        return await part(settings, await clock)

    parts = await asyncio.gather(
        _bounded("data directory", data_dir.examine(settings)),
        _bounded("database", after_clock(database.examine)),
        _bounded("redis", after_clock(check_redis.examine)),
        _bounded("turn", turn_relay.examine(settings)),
        _bounded("service", service_probe.examine(settings, where)),
        _bounded("letters", mail_relay.examine(settings)),
        _bounded("files", file_storage.examine(settings)),
    )
    hide = _secrets(settings)
    own = (
        settings_check.examine(seen),
        settings_check.descriptors(settings, most_descriptors()),
        settings_check.interpreter(sysconfig.get_config_vars()),
        settings_check.sockets(),
    )
    return [_without(finding, hide) for part in (*own, *parts) for finding in part]


async def _bounded(check: str, part: Awaitable[list[Finding]]) -> list[Finding]:
    """Return the findings of *part*; a timeout or an exception is a finding too."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await part
    except TimeoutError:
        return [Finding(check, "fail", f"no answer within {PATIENCE_S:.0f} s", "check whether it hangs")]
    except StartupError as error:
        return [Finding(check, "fail", str(error), "as the message says")]
    except Exception as error:  # noqa: BLE001 - one part that is down in an unforeseen way must not hide the others
        return [Finding(check, "fail", f"could not be checked ({type(error).__name__})", "report this, please")]


def _secrets(settings: Settings) -> tuple[str, ...]:
    """Return all secrets that must not be shown: keys, and the passwords in URLs, both encoded and decoded."""
    found: set[str] = set()
    for field in Settings.__struct_fields__:
        value = getattr(settings, field)
        if not isinstance(value, str):
            continue
        if field in SECRETS:
            found.add(value)
        elif field.endswith("_url"):
            try:
                password = urlsplit(value).password or ""
            except ValueError:
                continue
            found |= {password, unquote(password)}
    return tuple(sorted((secret for secret in found if len(secret) >= SHORT), key=len, reverse=True))


def _without(finding: Finding, secrets: Iterable[str]) -> Finding:
    """Return *finding* with secrets replaced: messages of other programs may repeat a URL."""
    found, remedy = finding.found, finding.remedy
    for secret in secrets:
        found, remedy = found.replace(secret, "***"), remedy.replace(secret, "***")
    return Finding(finding.check, finding.state, found, remedy)
