"""The services that the handlers use, wired once in `server.app`."""

from collections.abc import Callable

import msgspec

from matchmaker.domain.clock import Clock
from matchmaker.matchmaker import Matchmaker
from server.accounts.access import AccessService
from server.accounts.accounts import AccountService
from server.accounts.passwords import Passwords
from server.accounts.referrals import ReferralService
from server.accounts.sign_up import SignUpService
from server.accounts.sign_up_gate import SignUpGate
from server.auth.account_broadcast import AccountBroadcast
from server.auth.attempt_limits import AttemptLimits
from server.auth.ip_bans import IpBanList
from server.auth.login_origins import LoginOrigins
from server.auth.tokens import TokenAuthenticator
from server.config.ice_servers import IceServerProvider
from server.config.settings import Settings
from server.db.accounts.sessions import Sessions
from server.db.accounts.users import Users
from server.db.rooms.room_repository import PostgresRoomRepository
from server.http.request_rate import RequestRateLimits
from server.moderation.network_bans import NetworkBans
from server.moderation.service import ModerationService
from server.observability.headcount import Headcount
from server.observability.health import Health
from server.observability.live_stats import LiveStats
from server.observability.metrics import Metrics, PrometheusCollector
from server.people.channels.services import ChannelServices
from server.people.friends import FriendService
from server.people.notifications import NotificationService
from server.runtime.fault_log import Faults
from server.runtime.mail import Mailer
from signaling.server import SignalingServer


class HttpServices(msgspec.Struct, frozen=True, kw_only=True):
    """All services that a handler may use."""

    settings: Settings
    clock: Clock
    authenticator: TokenAuthenticator
    broadcast: AccountBroadcast
    ip_bans: IpBanList
    moderation: ModerationService
    network_bans: NetworkBans
    live_stats: LiveStats
    headcount: Headcount
    sign_up: SignUpService
    referrals: ReferralService
    access: AccessService
    origins: LoginOrigins
    users: Users
    friends: FriendService
    notifications: NotificationService
    channels: ChannelServices
    accounts: AccountService
    mail: Mailer
    sessions: Sessions
    repository: PostgresRoomRepository
    matchmaker: Matchmaker
    signaling: SignalingServer
    limits: AttemptLimits
    request_rate: RequestRateLimits
    sign_up_gate: SignUpGate
    passwords: Passwords
    ice: IceServerProvider
    health: Health
    metrics: Metrics
    faults: Faults
    prometheus: PrometheusCollector
    openapi: Callable[[], bytes]
    asyncapi: Callable[[], bytes]
