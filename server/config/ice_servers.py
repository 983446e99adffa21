"""ICE servers for browsers: STUN, and TURN with credentials that expire."""

import base64
import hmac

import msgspec

from matchmaker.domain.clock import Clock
from matchmaker.domain.ids import UserId
from server.config.settings import Settings
from signaling.wire.models import IcePolicy


class IceServer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of `RTCConfiguration.iceServers`."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None


class IceServers(msgspec.Struct, frozen=True, kw_only=True):
    """What to give to an RTCPeerConnection, and until when a relay will take it."""

    ice_servers: list[IceServer]
    ice_transport_policy: IcePolicy = "all"
    """For `RTCConfiguration.iceTransportPolicy`. `relay`: nobody's address is told to anybody, and other candidates
    would be in vain."""
    expires_at: int


class IceServerProvider:
    """Returns ICE servers, with credentials that the relay checks by a shared secret (coturn's `use-auth-secret`)."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def servers_for(self, user: UserId) -> IceServers:
        """Return what *user* may use; credentials are theirs alone and expire, so the relay stays closed to others."""
        settings = self._settings
        # A page that uses nothing but the relay need not tell a STUN server that it is there.
        is_direct = settings.ice_policy == "all"
        servers = [IceServer(urls=settings.stun_urls)] if settings.stun_urls and is_direct else []
        expires_at = self._clock.now() + round(settings.turn_ttl_s * 1_000)
        if settings.turn_urls and settings.turn_secret:
            username, credential = credentials(settings.turn_secret, user, expires_at=expires_at)
            servers.append(IceServer(urls=settings.turn_urls, username=username, credential=credential))
        return IceServers(ice_servers=servers, ice_transport_policy=settings.ice_policy, expires_at=expires_at)

    def for_room(self, user: UserId) -> list[dict[str, object]]:
        """Return the same as it stands in `room.ice_servers`."""
        servers: list[dict[str, object]] = msgspec.to_builtins(self.servers_for(user).ice_servers)
        return servers


def credentials(secret: str, user: str, *, expires_at: int) -> tuple[str, str]:
    """Return the user name and the password that a relay with this *secret* takes until *expires_at*.

    The relay knows the person by what stands behind the colon: its quota holds for all that they are ever given.
    """
    username = f"{expires_at // 1_000}:{user}"
    seal = hmac.digest(secret.encode(), username.encode(), "sha1")
    return username, base64.b64encode(seal).decode()
