"""Why Redis cannot be used, in the words that /readyz, the metric and the log share."""

import ssl
from types import MappingProxyType
from typing import Final, Literal

from matchmaker.domain.errors import Unavailable

RedisFault = Literal[
    "redis_unreachable",
    "redis_read_only",
    "redis_full",
    "redis_no_replicas",
    "redis_loading",
    "redis_login_refused",
    "redis_tls_failed",
]

_BY_ERROR: Final = MappingProxyType[str, RedisFault](
    {
        "ReadOnlyError": "redis_read_only",
        "OutOfMemoryError": "redis_full",
        "MISCONF": "redis_full",  # it cannot write its snapshot, most often for want of disk
        "NOREPLICAS": "redis_no_replicas",
        "BusyLoadingError": "redis_loading",
        "AuthenticationError": "redis_login_refused",
        "NoPermissionError": "redis_login_refused",
    }
)
"""By the class of redis-py's error, or by the word with which the answer of Redis begins."""


class RedisUnusable(Unavailable):
    """A process cannot start, because of Redis."""

    def __init__(self, fault: RedisFault) -> None:
        super().__init__()
        self.fault: RedisFault = fault
        self.may_pass = fault not in ("redis_login_refused", "redis_tls_failed")
        """Whether it may end without a change of settings."""


def fault_of(error: BaseException) -> RedisFault:
    """Return what is wrong with Redis, from the `Unavailable` that it caused."""
    cause = error.__cause__
    if cause is None:
        return "redis_unreachable"
    if isinstance(cause.__cause__ or cause.__context__, ssl.SSLError):
        return "redis_tls_failed"
    word = str(cause).partition(" ")[0]
    return _BY_ERROR.get(type(cause).__name__) or _BY_ERROR.get(word) or "redis_unreachable"
