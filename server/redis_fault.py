"""Why Redis cannot be used, in the words that /readyz, the metric and the log share."""

from types import MappingProxyType
from typing import Final, Literal

from matchmaker.wire_redis import Refused

RedisFault = Literal["redis_unreachable", "redis_read_only", "redis_full", "redis_no_replicas", "redis_deaf"]

_BY_ERROR: Final = MappingProxyType[str, RedisFault](
    {
        "READONLY": "redis_read_only",
        "OOM": "redis_full",
        "MISCONF": "redis_full",  # it cannot write its snapshot, most often for want of disk
        "NOREPLICAS": "redis_no_replicas",
    }
)


def fault_of(error: BaseException) -> RedisFault:
    """Return what is wrong with Redis, from the `Unavailable` that it caused."""
    cause = error.__cause__
    word = str(cause).partition(" ")[0] if isinstance(cause, Refused) else ""
    return _BY_ERROR.get(word, "redis_unreachable")
