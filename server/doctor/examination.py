"""All checks, run concurrently, each with its own timeout; findings contain no secret."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import unquote, urlsplit

from server.config.errors import StartupError
from server.config.loader import SECRETS, LoadedConfig
from server.config.settings import Settings
from server.doctor import check_redis, data_dir, database, mail_relay, service_probe, settings_check, turn_relay
from server.doctor.clock_skew import ClockReading
from server.doctor.finding import Finding
from server.runtime.descriptors import most_descriptors

PATIENCE_S = 20.0
"""How long one part may take in the worst case: each has bounds of its own, and this is the last of them."""
SHORT = 4
"""A secret of fewer characters stands in every other word; to hide it would hide the report."""


async def examine(seen: LoadedConfig, url: str | None) -> list[Finding]:
    """Return what is found, part by part; never raises, and takes no longer than the slowest part."""
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
    )
    hide = _secrets(settings)
    own = settings_check.descriptors(settings, most_descriptors())
    return [
        _without(finding, hide)
        for part in (settings_check.examine(seen), own, settings_check.sockets(), *parts)
        for finding in part
    ]


async def _bounded(check: str, part: Awaitable[list[Finding]]) -> list[Finding]:
    """Return what *part* finds; whatever it stumbles over is a finding too."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await part
    except TimeoutError:
        return [Finding(check, "fail", f"no answer within {PATIENCE_S:.0f} s", "look whether it hangs")]
    except StartupError as error:
        return [Finding(check, "fail", str(error), "as it says")]
    except Exception as error:  # noqa: BLE001 - one part that is down in an unforeseen way must not hide the others
        return [Finding(check, "fail", f"could not be examined ({type(error).__name__})", "report this, please")]


def _secrets(settings: Settings) -> tuple[str, ...]:
    """Return everything that must not be said: keys, and the passwords in URLs, as written and as meant."""
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
    """Return *finding* as it may be shown: what others have said may repeat what we told them."""
    found, remedy = finding.found, finding.remedy
    for secret in secrets:
        found, remedy = found.replace(secret, "***"), remedy.replace(secret, "***")
    return Finding(finding.check, finding.state, found, remedy)
