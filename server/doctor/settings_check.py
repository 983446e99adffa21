"""Checks of the settings alone; no connection is made."""

import platform
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

import aiohttp

from server.config.loader import LoadedConfig
from server.config.settings import Settings
from server.doctor.finding import Finding
from server.runtime.interpreter import build_flags, has_pgo
from signaling.transport.aiohttp_fast_socket import TESTED, fallback_reason

CONNECTIONS = 10_000
"""Users that a node serves before its processor is the limit (docs/scaling.md)."""
LOCAL = ("localhost", "127.0.0.1", "[::1]", "::1")


def faulty(faults: Iterable[str]) -> list[Finding]:
    """Return the findings for invalid settings."""
    remedy = "correct it: rondo config --explain has the purpose of each setting"
    return [Finding("settings", "fail", fault, remedy) for fault in faults]


def examine(seen: LoadedConfig) -> list[Finding]:
    """Check the settings, and variables that look like misspelled ones."""
    found = [Finding("settings", "warn", text, "correct the name, or remove it") for text in seen.warnings]
    if not seen.settings.rate_limits:
        found.append(
            Finding("settings", "warn", "all rate limits are off", "remove RONDO_RATE_LIMITS=off: it is for load tests")
        )
    count = sum(source != "default" for source in seen.sources.values())
    return found or [Finding("settings", "ok", f"{count} set, the others have their defaults")]


def descriptors(settings: Settings, most: int) -> list[Finding]:
    """Check the number of file descriptors of a process; *most*: the hard limit."""
    free = most - settings.descriptor_reserve
    if free >= CONNECTIONS:
        return [Finding("descriptors", "ok", f"room for {free:,} connections")]
    found = f"room for {max(0, free):,} connections: ulimit -n is {most:,}, and RONDO_DESCRIPTOR_RESERVE is kept free"
    remedy = (
        f"raise it above {CONNECTIONS + settings.descriptor_reserve:,} where the service is started (LimitNOFILE in "
        "systemd, --ulimit nofile of Docker): connections beyond it are refused"
    )
    return [Finding("descriptors", "warn", found, remedy)]


def interpreter(variables: Mapping[str, object]) -> list[Finding]:
    """Check how the interpreter was built; *variables*: of `sysconfig`."""
    found = f"Python {platform.python_version()} ({build_flags(variables)})"
    if has_pgo(variables) and not variables.get("Py_DEBUG"):
        return [Finding("interpreter", "ok", found)]
    remedy = (
        "run a Python built with --enable-optimizations, as that of Debian or of the official Docker images: "
        "a node serves about a tenth more users"
    )
    return [Finding("interpreter", "warn", found, remedy)]


def sockets() -> list[Finding]:
    """Check whether the installed aiohttp allows the fast socket."""
    reason = fallback_reason()
    if reason is None:
        return [Finding("sockets", "ok", f"the fast path, over aiohttp {aiohttp.__version__}")]
    why = "has no C parser" if reason == "no_c_parser" else "is not a tested version"
    found = f"aiohttp's public interface, which costs more CPU and memory: aiohttp {aiohttp.__version__} {why}"
    return [Finding("sockets", "warn", found, f"install aiohttp {' or '.join(sorted(TESTED))}, as locked")]


def origins(settings: Settings) -> list[Finding]:
    """Check the other origins whose pages may connect."""
    plain = [page for page in settings.allowed_origins if is_plain(page)]
    if plain:
        remedy = "use https:// in them: browsers give a page without it no camera"
        return [Finding("origins", "warn", f"without TLS: {', '.join(plain)}", remedy)]
    pages = ", ".join(settings.allowed_origins)
    return [Finding("origins", "ok", f"our own page, and {pages}" if pages else "only our own page")]


def is_plain(url: str) -> bool:
    """Return whether a page at *url* is loaded without TLS, and not from this machine."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in LOCAL
