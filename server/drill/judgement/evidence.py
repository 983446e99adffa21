"""The input of the invariants: what clients received, what the database has, when the service was down."""

from typing import Final

import msgspec

from server.db.maintenance.drill_audit import DatabaseSnapshot
from server.drill.clients.client_log import ClientLog

NOTICE_S: Final = 5.0


class Restart(msgspec.Struct, frozen=True):
    """A time without service; instants of the monotonic clock."""

    lost_at: float
    """When the old process was killed."""
    started_at: float
    """When the new one was started."""
    ready_at: float
    """When the new one accepted connections."""
    back_at: float
    """When a node served again: the instant of the fault, if other nodes continued."""
    processor_s: float = 0.0
    """Processor time of the start: unlike its duration, the same on a busy machine."""


class ServiceTimings(msgspec.Struct, frozen=True):
    """The rule windows of the service, in seconds."""

    grace_s: float = 10
    text_grace_s: float = 60
    cooldown_s: float = 86_400
    cancel_cooldown_s: float = 3_600
    invite_ttl_s: float = 20
    torch_idle_s: float = 120
    torch_warning_s: float = 60
    drain_s: float = 25
    notice_s: float = 0
    """How long the other nodes may take to detect a dead node; its users count as away only from then on."""

    @classmethod
    def of(cls, settings: dict[str, str], *, nodes: int = 1) -> "ServiceTimings":
        """Return the windows that these environment variables set; the defaults for the others."""
        names = {f"RONDO_{field.upper()}": field for field in cls.__struct_fields__}
        found = cls(**{names[name]: float(value) for name, value in settings.items() if name in names})
        return found if nodes == 1 else msgspec.structs.replace(found, notice_s=NOTICE_S)

    def grace_for(self, mode: str) -> float:
        """Return how long a user may be disconnected from a room of *mode*."""
        return self.grace_s if mode == "video" else self.text_grace_s


class DrillEvidence(msgspec.Struct):
    """The evidence."""

    logs: list[ClientLog]
    books: DatabaseSnapshot | None = None
    """None: the database of a remote service is not readable."""
    windows: ServiceTimings = ServiceTimings()
    ended_at: float = 0.0
    """When the last client's transcript was requested (monotonic)."""
