"""Check of Redis: reachable, recent enough, does not evict keys, clock in agreement."""

import ssl
import time
from typing import Any

from redis.asyncio.sentinel import MasterNotFoundError
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError
from redis.exceptions import TimeoutError as NoAnswer

from server.cluster.ports.client_redis import connect
from server.config.loader import redact
from server.config.settings import Settings
from server.doctor import clock_skew
from server.doctor.finding import Finding

CHECK = "redis"
PATIENCE_S = 5.0
OLDEST = 7
FULL = 0.9
"""Fraction of its memory above which it will soon reject writes."""


async def examine(settings: Settings, service: clock_skew.ClockReading | None = None) -> list[Finding]:
    """Check the server at REDIS_URL, if it is set, and compare its clock with that of *service*; read-only."""
    if settings.redis_url is None:
        return [Finding(CHECK, "skip", "not set: this process is the only node (REDIS_URL)")]
    shown = redact("redis_url", settings.redis_url)
    try:
        client = connect(settings.redis_url, name="rondo:doctor", timeout_s=PATIENCE_S)
    except ValueError:
        return [Finding(CHECK, "fail", f"{shown} is not a Redis URL", "write it like redis://host:6379/0")]
    try:
        asked_at = time.time() * 1_000
        seconds, micros = await client.time()
        answered_at = time.time() * 1_000
        found = [_judge(await client.info(), answered_at - asked_at)]
    except MasterNotFoundError as error:
        return [Finding(CHECK, "fail", f"{shown}: {error}", "check that the Sentinels run and watch that name")]
    except NoPermissionError:
        return [Finding(CHECK, "warn", f"{shown} does not permit INFO and TIME", "allow this user INFO and TIME")]
    except AuthenticationError:
        return [Finding(CHECK, "fail", f"{shown} rejects our credentials", "check user and password in REDIS_URL")]
    except (RedisError, OSError) as error:
        return [_unreachable(shown, error)]
    finally:
        await client.aclose()
    ahead = clock_skew.ahead_ms(asked_at, seconds * 1_000 + micros / 1_000, answered_at)
    tolerance_ms = settings.clock_tolerance_s * 1_000
    clock = clock_skew.judge(
        "Redis", ahead, round_trip_ms=answered_at - asked_at, service=service, tolerance_ms=tolerance_ms
    )
    return [*found, clock]


def _unreachable(shown: str, error: BaseException) -> Finding:
    """Return the finding for a server that could not be queried."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        remedy = "use the name in the certificate, renew it, or set your CA: REDIS_URL=…?ssl_ca_certs=FILE"
        return Finding(CHECK, "fail", f"{shown}: its certificate is not trusted ({cause.verify_message})", remedy)
    if isinstance(cause, ssl.SSLError):
        remedy = "use redis:// if it has no TLS, or the port that has"
        found = f"{shown}: the TLS handshake failed ({(cause.reason or 'no reason').replace('_', ' ').lower()})"
        return Finding(CHECK, "fail", found, remedy)
    if isinstance(error, NoAnswer) and shown.startswith("rediss"):
        # A server without TLS takes the handshake for the beginning of a command, and waits for its end.
        remedy = "use redis:// if it has no TLS; else check whether it hangs"
        return Finding(CHECK, "fail", f"{shown} does not answer the TLS handshake", remedy)
    remedy = "check that it runs and that this machine can reach it; until then no users are paired across nodes"
    return Finding(CHECK, "fail", f"{shown} cannot be reached ({type(error).__name__})", remedy)


def _judge(info: dict[str, Any], round_trip_ms: float) -> Finding:
    """Return the finding for a server with this INFO."""
    version = str(info.get("redis_version", "0"))
    name = f"Valkey {info['valkey_version']}" if "valkey_version" in info else f"Redis {version}"
    found = f"{name}, answers in {round_trip_ms:.1f} ms"
    policy, limit = info.get("maxmemory_policy", "noeviction"), int(info.get("maxmemory", 0))
    if int(version.partition(".")[0]) < OLDEST:
        return Finding(CHECK, "fail", found, f"use Redis {OLDEST} or newer, or any Valkey")
    if info.get("role") not in (None, "master"):
        return Finding(CHECK, "fail", f"{found}: a replica", "set REDIS_URL to the primary")
    if policy != "noeviction":
        remedy = "set maxmemory-policy to noeviction: else it forgets where users are when its memory is full"
        return Finding(CHECK, "fail" if limit else "warn", f"{found}; evicts by {policy}", remedy)
    if limit and int(info.get("used_memory", 0)) > FULL * limit:
        return Finding(CHECK, "warn", f"{found}; its memory is nearly full", "raise maxmemory")
    return Finding(CHECK, "ok", found)
