"""The wiring of one process: which objects there are, and what each is made of."""

import asyncio
from functools import partial

from matchmaker.domain.clock import SystemClock, WallClock
from matchmaker.domain.friend_call import NoFriends
from matchmaker.matchmaker import Matchmaker
from matchmaker.ports.user_changes import UserChanges
from matchmaker.services.cached_room import RoomCache
from matchmaker.services.state_store import StateStore
from matchmaker.services.stats import MatchmakerStats
from server.accounts.access import AccessService
from server.accounts.accounts import AccountService
from server.accounts.passwords import Passwords
from server.accounts.referrals import ReferralService
from server.accounts.sign_up import SignUpService
from server.accounts.sign_up_gate import sign_up_gate
from server.auth.account_broadcast import AccountBroadcast
from server.auth.attempt_limits import AttemptLimits
from server.auth.ip_bans import IpBanList
from server.auth.keyed_hash import KeyedHasher
from server.auth.login_origins import LoginOrigins
from server.auth.tokens import TokenAuthenticator
from server.cluster.cluster import Cluster, NodeBase
from server.cluster.context import NodeContext
from server.cluster.metrics import ClusterCollector
from server.cluster.ports.adapters import Ports
from server.cluster.users.node_users import NodeUsers
from server.config import assets
from server.config.ice_servers import IceServerProvider
from server.config.settings import Settings
from server.config.socket_terms import socket_terms
from server.db.accounts.sessions import Sessions
from server.db.accounts.users import Users
from server.db.nodes.heartbeats import NodeHeartbeat, needs_no_redis
from server.db.pool import Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from server.db.rooms.steady_repository import SteadyRoomRepository
from server.domain.networks import limit_prefixes
from server.domain.room_owners import RoomOwners
from server.http import application, audiences, documents
from server.http.request_rate import RequestRateLimits
from server.http.routes import ROUTES
from server.http.services import HttpServices
from server.http.site.pages import Pages
from server.http.transport.fair_turns import Turns
from server.http.transport.listeners import Listeners
from server.http.upgrades import upgrades
from server.mirror.accounts import admit
from server.mirror.supervisor import MirrorSupervisor
from server.moderation.ban_watch import BanWatch
from server.moderation.enforcement import BanEnforcer
from server.moderation.network_bans import NetworkBans
from server.moderation.service import ModerationService
from server.observability.clock_watch import ClockWatch
from server.observability.fault_reports import (
    log_buffer_pressure,
    log_stall,
    report_background_fault,
    report_channels_fault,
    report_commit_fault,
    report_deadline_fault,
    report_frame_fault,
)
from server.observability.headcount import Headcount
from server.observability.health import Health
from server.observability.live_stats import LiveStats
from server.observability.metrics import Metrics, PrometheusCollector
from server.people.nodes import SingleNode
from server.people.services import PeopleServices
from server.runtime.fault_log import Faults
from server.runtime.mail import Mailer
from signaling.connection.rate_limits import Rate
from signaling.routing.hub import Hub
from signaling.routing.stats import SocketStats
from signaling.routing.tasks import Tasks
from signaling.server import SignalingServer
from signaling.transport import aiohttp_fast_socket
from signaling.wire.serializers import EventSerializer


class App:
    """Everything that serves, wired and not yet started."""

    def __init__(
        self,
        settings: Settings,
        pool: Pool,
        *,
        clock: WallClock | None = None,
        secret: bytes | None = None,
        node: str = "rondo",
        ports: Ports | None = None,
        owners: RoomOwners | None = None,
        people_pool: Pool | None = None,
    ) -> None:
        """*node*: the id of this process. *ports*, *owners*: how it knows of others, if there may be any.

        *people_pool*: connections for friends and channels, so that they wait for no call, nor a call for them.
        """
        self.clock = clock = clock or WallClock(SystemClock())
        self.metrics = metrics = Metrics()
        self.faults = faults = Faults()
        self.listeners = listeners = Listeners(settings, faults)
        self.repository = repository = PostgresRoomRepository(
            pool,
            on_commit=metrics.commit,
            on_fault=partial(report_commit_fault, metrics, faults),
            newcomers_ms=settings.policy.newcomers_ms,
            node=None if owners is None else node,
        )
        self.users, self.sessions = Users(pool), Sessions(pool)
        self.ip_bans = IpBanList(pool, clock)
        hasher = KeyedHasher(pool, secret)
        self.limits = AttemptLimits(
            pool, hasher, clock, sign_ups=settings.signups, tries=settings, on=settings.rate_limits
        )
        self.passwords = Passwords(per_network=settings.password_checks_waiting if settings.rate_limits else None)
        self.mail = Mailer(settings.smtp_url, settings.mail_from, faults)
        ice = IceServerProvider(settings, clock)
        report_frame = partial(report_frame_fault, metrics, faults)

        # Events go from the matchmaker through the store to the hub, and from there to their users.
        stats, changes, room_cache = SocketStats(), UserChanges(), RoomCache()
        hub = Hub(
            view=EventSerializer(ice.for_room, ice_policy=settings.ice_policy, messages_of=room_cache.messages_of),
            clock=clock.steady,
            resume_ms=settings.rules.resume_ms,
            stats=stats,
            on_fault=report_frame,
            changes=changes,
        )

        self.store = store = StateStore(hub.deliver, changes)
        terms = socket_terms(settings)
        decided, limits, tasks = asyncio.Event(), terms.limits(limit_prefixes), Tasks()
        base = (
            None
            if ports is None or owners is None
            else NodeBase(
                NodeContext(
                    node,
                    ports=ports,
                    owners=owners,
                    store=store,
                    hub=hub,
                    limits=limits,
                    tasks=tasks,
                    clock=clock,
                    on_fault=report_frame,
                ),
                interest_wait_ms=settings.rules.interest_wait_ms,
                local_first_ms=round(settings.local_first_s * 1_000),
            )
        )
        self.people = PeopleServices(
            settings,
            people_pool or pool,
            hub=hub,
            store=store,
            changes=changes,
            hasher=hasher,
            mail=self.mail,
            node=node,
            nodes=SingleNode() if base is None else base.topics,
            clock=clock,
            on_fault=partial(report_deadline_fault, metrics, faults),
            on_channel_fault=partial(report_channels_fault, metrics, faults),
            email_counts=metrics.emails,
            on_commit=metrics.commit,
        )
        self.matchmaker = matchmaker = Matchmaker(
            store=store,
            repository=SteadyRoomRepository(repository, clock),
            clock=clock.steady,
            rules=settings.rules,
            on_fault=partial(report_deadline_fault, metrics, faults),
            others=None if base is None else base.others,
            friends=self.people.calls if settings.friends else NoFriends(),
            stats=MatchmakerStats(on_wait=metrics.wait, on_late=metrics.late),
            room_cache=room_cache,
        )
        reaches_redis = needs_no_redis if base is None else base.context.reaches_redis
        self.node = NodeHeartbeat(
            pool,
            node,
            clock,
            offers_redis=needs_no_redis if base is None else base.context.offers_redis,
            on_fault=partial(report_background_fault, metrics, faults, "heartbeat"),
        )
        self.origins = LoginOrigins(pool, hasher, matchmaker, clock)
        self.authenticator = TokenAuthenticator(
            self.sessions,
            clock,
            refuse=self.ip_bans.refusal,
            note=self.origins.record,
            bands=settings.age_bands,
            invite_only=settings.access == "invite_only",
            trusts=reaches_redis,
        )
        self.broadcast = AccountBroadcast(
            authenticator=self.authenticator,
            hub=hub,
            matchmaker=matchmaker,
            sessions=self.sessions,
            on_decision=decided.set,
            cluster=base,
        )
        enforcer = BanEnforcer(
            hub=hub, matchmaker=matchmaker, authenticator=self.authenticator, broadcast=self.broadcast
        )
        self.moderation = ModerationService(
            pool,
            repository=repository,
            broadcast=self.broadcast,
            enforcer=enforcer,
            friends=self.people.granted,
            on_departed=self.people.channels.on_departed,
            clock=clock,
            policy=settings.policy,
            deliver=self.people.delivery.deliver,
            counts=metrics.decisions,
        )
        ladder = AccessService(pool, clock, self.broadcast)
        users = None if base is None else NodeUsers(base.context, matchmaker)
        self.health = Health(self.node, users)
        self.signaling = SignalingServer(
            hub=hub,
            matchmaker=matchmaker,
            authenticator=self.authenticator,
            clock=clock.steady,
            wall_offset_ms=lambda: clock.offset_ms,
            on_fault=report_frame,
            settings=terms,
            cluster=users,
            limits=limits,
            tasks=tasks,
            reporting=self.moderation,
            has_access=ladder.has_access if settings.access == "invite_only" else None,
            friends=self.people.granted,
            people=self.people.sender,
            channels=self.people.channels.sending if settings.friends else None,
            on_pressure=partial(log_buffer_pressure, settings.buffer_mib),
            on_stall=log_stall,
            on_refused=lambda limit: faults.warn("sockets_refused", limit, limit=limit),
        )
        self.cluster = cluster = (
            None
            if base is None or users is None
            else Cluster(
                base,
                users,
                accept=self.signaling.open_attached,
                share_after_ms=round(settings.share_after_s * 1_000),
            )
        )
        if cluster is not None:
            cluster.context.node_ended.subscribe(lambda _: decided.set())
            metrics.registry.register(ClusterCollector(cluster))
        self.network_bans = NetworkBans(
            pool, broadcast=self.broadcast, gate=self.ip_bans, signaling=self.signaling, clock=clock
        )
        self.ban_watch = BanWatch(
            pool,
            decided=decided,
            enforcer=enforcer,
            network_bans=self.network_bans,
            clock=clock,
            faults=faults,
            deaths=lambda: 0 if cluster is None else cluster.supervision.deaths,
        )
        introducing = ReferralService(pool, matchmaker, clock, settings.introductions)
        self.mirror_supervisor = MirrorSupervisor(lambda: admit(self.users, self.sessions, now=clock.now()))
        self.clock_watch = ClockWatch(clock, matchmaker, self.authenticator, self.limits)
        self.live_stats = LiveStats(matchmaker, store, stats, clock, None if base is None else base.topics)

        self.services = HttpServices(
            settings=settings,
            clock=clock,
            authenticator=self.authenticator,
            broadcast=self.broadcast,
            ip_bans=self.ip_bans,
            moderation=self.moderation,
            network_bans=self.network_bans,
            live_stats=self.live_stats,
            headcount=Headcount(lambda: self.live_stats.points, clock.steady),
            sign_up=SignUpService(pool, self.users, introducing, self.origins),
            referrals=introducing,
            access=ladder,
            origins=self.origins,
            users=self.users,
            friends=self.people.friends,
            notifications=self.people.notifications,
            channels=self.people.channels,
            accounts=AccountService(pool, hasher, matchmaker, clock, friends=self.people.granted),
            mail=self.mail,
            sessions=self.sessions,
            repository=repository,
            matchmaker=matchmaker,
            signaling=self.signaling,
            limits=self.limits,
            request_rate=RequestRateLimits(
                Rate(settings.http_every_s * 1_000, settings.http_burst),
                Rate(settings.http_write_every_s * 1_000, settings.http_write_burst),
                on=settings.rate_limits,
            ),
            sign_up_gate=sign_up_gate(settings, self.limits, hasher, clock, outcomes=metrics.gate_outcomes),
            passwords=self.passwords,
            ice=ice,
            health=self.health,
            metrics=metrics,
            faults=faults,
            prometheus=PrometheusCollector(
                metrics,
                matchmaker,
                stats,
                self.store,
                connections=listeners.connections,
                readiness=self.health.status,
                clock=self.clock_watch,
            ),
            openapi=documents.openapi_json,
            asyncapi=documents.asyncapi_json,
        )

        pages = {
            **Pages(assets.web(), built=assets.page(settings), origin=settings.public_origin).handlers(),
            **Pages(assets.guide(), at="/guide").handlers(),
        }
        turns = Turns()
        self.web = application.build(
            self.services,
            audiences.public(ROUTES, settings),
            audiences.public_pages(pages, settings),
            aiohttp_fast_socket.handler(self.signaling, listeners.whence),
            whence=listeners.whence,
            turns=turns,
        )
        self.upgrades = upgrades(self.services, turns, listeners)
        self.ops = application.build(
            self.services,
            audiences.operators(ROUTES, settings),
            audiences.operators_pages(pages),
            whence=listeners.directly,
        )
        """What operators are served, if they have a listener."""
