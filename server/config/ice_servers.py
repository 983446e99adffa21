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
    """The configuration of an RTCPeerConnection, and when its TURN credentials expire."""

    ice_servers: list[IceServer]
    ice_transport_policy: IcePolicy = "all"
    """For `RTCConfiguration.iceTransportPolicy`. `relay`: users do not see addresses of each other; other candidates
    are dropped."""
    expires_at: int


class IceServerProvider:
    """Returns ICE servers, with credentials that the TURN server checks by a shared secret (coturn's
    `use-auth-secret`).
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        # A page that uses only the relay needs no STUN server.
        is_direct = settings.ice_policy == "all"
        self._stun = [IceServer(urls=settings.stun_urls)] if settings.stun_urls and is_direct else []
        self._has_turn = bool(settings.turn_urls and settings.turn_secret)
        self._stun_of_room = _plain(self._stun)

    def servers_for(self, user: UserId) -> IceServers:
        """Return the servers for *user*; the credentials are per user and expire, so that others cannot use the TURN
        server.
        """
        settings = self._settings
        expires_at = self._clock.now() + round(settings.turn_ttl_s * 1_000)
        servers = self._stun
        if settings.turn_urls and settings.turn_secret:
            username, credential = credentials(settings.turn_secret, user, expires_at=expires_at)
            servers = [*servers, IceServer(urls=settings.turn_urls, username=username, credential=credential)]
        return IceServers(ice_servers=servers, ice_transport_policy=settings.ice_policy, expires_at=expires_at)

    def for_room(self, user: UserId) -> list[dict[str, object]]:
        """Return the same in the format of `room.ice_servers`; without TURN it is the same list for all users."""
        return _plain(self.servers_for(user).ice_servers) if self._has_turn else self._stun_of_room


def _plain(servers: list[IceServer]) -> list[dict[str, object]]:
    plain: list[dict[str, object]] = msgspec.to_builtins(servers)
    return plain


def credentials(secret: str, user: str, *, expires_at: int) -> tuple[str, str]:
    """Return user name and password that a TURN server with this *secret* accepts until *expires_at*.

    The TURN server identifies the user by the part after the colon: its quota covers all credentials of that user.
    """
    username = f"{expires_at // 1_000}:{user}"
    seal = hmac.digest(secret.encode(), username.encode(), "sha1")
    return username, base64.b64encode(seal).decode()
