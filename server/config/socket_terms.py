"""The settings of sockets."""

from server.config.settings import Settings
from signaling.connection.rate_limits import Rate
from signaling.connection.settings import SignalingSettings
from signaling.wire.people_models import PeopleLimits


def socket_terms(settings: Settings) -> SignalingSettings:
    """Return the part of *settings* that concerns sockets."""
    return SignalingSettings(
        heartbeat=settings.heartbeat,
        hello_ms=round(settings.hello_timeout_s * 1_000),
        rate_limits=settings.rate_limits,
        frames=Rate(1_000 / settings.frames_per_s, settings.frames_burst),
        chat=Rate(settings.chat_every_s * 1_000, settings.chat_burst),
        discover=Rate(settings.discover_every_s * 1_000, settings.discover_burst),
        invites_per_minute=settings.invites_per_minute,
        connections_per_address=settings.connections_per_address,
        handshakes=Rate(1_000 / settings.handshakes_per_s, settings.handshakes_burst),
        buffer_bytes=settings.buffer_mib * 1024 * 1024,
        slow_reader_ms=round(settings.slow_reader_s * 1_000),
        features=frozenset({"friends", "channels"}) if settings.friends else frozenset(),
        people_replay=settings.people_replay,
        people_limits=_people_limits(settings),
        relay_only=settings.ice_policy == "relay",
    )


def _people_limits(settings: Settings) -> PeopleLimits:
    has_files = settings.attachment_store(embedded=settings.embedded) != "off"
    return PeopleLimits(
        message_chars=settings.message_chars,
        mentions_max=settings.mentions_max,
        reactions_max=settings.reactions_max,
        edit_s=settings.edit_s,
        typing_every_s=settings.typing_every_s,
        attachments_per_message=settings.attachments_per_message if has_files else 0,
        attachment_bytes=settings.attachment_bytes,
        group_members_max=settings.group_members_max,
        unread_max=settings.unread_max,
    )
