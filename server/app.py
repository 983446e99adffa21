"""The wiring of one process: which objects there are, and what each is made of."""

from functools import partial
from typing import Any

import aiohttp
import msgspec
import structlog

from matchmaker.clock import Clock, SystemClock, WallClock
from matchmaker.friend_call import NoFriends
from matchmaker.matchmaker import Matchmaker
from matchmaker.state_store import StateStore
from server import assets, openapi
from server.admission import Admission
from server.bulletin import Bulletin
from server.clock_watch import ClockWatch
from server.cluster.cluster import Cluster
from server.cluster.matchmaker_events import MatchmakerEvents
from server.cluster.metrics import ClusterCollector
from server.cluster.people_nodes import ClusterNodes
from server.cluster.ports import Ports
from server.cluster.rooms import RoomOwners
from server.door import Doorkeeper
from server.faults import Faults
from server.figures import Figures
from server.gate import Gate
from server.headcount import Headcount
from server.health import Health
from server.http import front, sides
from server.http.desk import Desk
from server.http.limits import Limits
from server.http.listeners import Listeners
from server.http.pace import Pace
from server.http.pages import Pages
from server.http.table import TABLE
from server.http.turns import Turns
from server.http.upgrade import Upgrades
from server.ice_servers import Ice
from server.introducing import Introducing
from server.ladder import Ladder
from server.ledger.ledger import Ledger
from server.ledger.nodes import Node
from server.ledger.people import People
from server.ledger.pool import Pool
from server.ledger.sessions import Sessions
from server.mail import Mail
from server.metrics import Metrics, Scrape
from server.mirror.accounts import admit
from server.mirror.keeper import Keeper
from server.moderation import Moderation
from server.network_bans import NetworkBans
from server.networks import limit_prefixes
from server.origins import Origins
from server.passwords import Passwords
from server.people.services import PeopleServices
from server.records import Records
from server.seals import Seals
from server.settings import Settings
from server.signup_gate import Policy, SignUpGate
from server.socket_terms import socket_terms
from server.steady_ledger import SteadyLedger
from server.turnstile import Turnstile
from server.version import VERSION
from signaling import asyncapi, socket_fast
from signaling.hub import Hub
from signaling.limits import Rate
from signaling.speaker import Speaker
from signaling.stats import Stats
from signaling.view import View

log = structlog.get_logger()


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
        self.ledger = ledger = Ledger(
            pool,
            on_commit=metrics.commit,
            newcomers_ms=settings.policy.newcomers_ms,
            node=None if owners is None else node,
        )
        self.people, self.sessions = People(pool), Sessions(pool)
        self.gate = Gate(pool, clock)
        seals = Seals(pool, secret)
        self.limits = Limits(pool, seals, clock, sign_ups=settings.signups, tries=settings, on=settings.rate_limits)
        self.passwords = Passwords(per_network=settings.password_checks_waiting if settings.rate_limits else None)
        self.mail = Mail(settings.smtp_url, settings.mail_from, faults)
        self.node = Node(pool, node, clock)
        self.health, ice = Health(self.node), Ice(settings, clock)

        # Events go from the matchmaker through the store to the hub, and from there to their users.
        stats = Stats()
        hub = Hub(
            view=View(ice.for_room, ice_policy=settings.ice_policy),
            clock=clock.steady,
            resume_ms=settings.rules.resume_ms,
            stats=stats,
            on_fault=partial(_note, metrics, faults),
        )
        events = None if ports is None else MatchmakerEvents(hub.deliver)
        store = StateStore(hub.deliver if events is None else events.deliver, events)
        self.in_touch = PeopleServices(
            settings,
            people_pool or pool,
            hub=hub,
            store=store,
            seals=seals,
            mail=self.mail,
            node=node,
            clock=clock,
            on_fault=partial(_note_late, metrics, faults),
            on_channel_fault=partial(_note_channels, metrics, faults),
            on_commit=metrics.commit,
        )
        self.matchmaker = matchmaker = Matchmaker(
            store=store,
            ledger=SteadyLedger(ledger, clock),
            clock=clock.steady,
            rules=settings.rules,
            on_fault=partial(_note_late, metrics, faults),
            others=events,
            friends=self.in_touch.calls if settings.friends else NoFriends(),
        )
        self.in_touch.friends.meet_last = matchmaker.meet_last
        self.origins = Origins(pool, seals, matchmaker, clock)
        self.door = Doorkeeper(
            self.sessions, clock, refuse=self.gate.refusal, note=self.origins.note, bands=settings.age_bands
        )
        self.speaker = Speaker(
            hub=hub,
            matchmaker=matchmaker,
            door=self.door,
            clock=clock.steady,
            wall_offset_ms=lambda: clock.offset_ms,
            on_fault=partial(_note, metrics, faults),
            settings=socket_terms(settings),
            friends=self.in_touch.granted,
            people=self.in_touch.sender,
            channels=self.in_touch.channels.sending if settings.friends else None,
            prefixes=limit_prefixes,
            on_pressure=partial(_log_pressure, settings.buffer_mib),
            on_stall=_note_stall,
            on_refused=lambda limit: faults.warn("sockets_refused", limit, limit=limit),
        )
        self.bulletin = Bulletin(self.door, self.speaker, self.sessions)
        self.network_bans = NetworkBans(pool, bulletin=self.bulletin, gate=self.gate, speaker=self.speaker, clock=clock)
        self.moderation = Moderation(
            pool,
            ledger=ledger,
            door=self.door,
            bulletin=self.bulletin,
            network_bans=self.network_bans,
            speaker=self.speaker,
            clock=clock,
            policy=settings.policy,
            faults=faults,
            deliver=self.in_touch.delivery.deliver,
        )
        self.speaker.reporting = self.moderation
        metrics.decisions, metrics.emails = self.moderation.counts, self.in_touch.emails.counts
        self.cluster = cluster = (
            None
            if ports is None or owners is None or events is None
            else self._join(node, ports, owners, events, settings)
        )
        introducing = Introducing(pool, matchmaker, clock, settings.introductions)
        ladder = Ladder(pool, clock, self.bulletin)
        if settings.access == "invite_only":
            self.door.invite_only = True
            self.speaker.let_in = ladder.has_access
        self.mirrors = Keeper(lambda: admit(self.people, self.sessions, now=clock.now()))
        metrics.watch(matchmaker)
        self.clock_watch = ClockWatch(clock, matchmaker, self.door, self.limits)
        self.figures = Figures(matchmaker, store, stats, clock)
        if cluster is not None:
            self.figures.join(cluster)

        self.desk = Desk(
            settings=settings,
            clock=clock,
            door=self.door,
            bulletin=self.bulletin,
            gate=self.gate,
            moderation=self.moderation,
            network_bans=self.network_bans,
            figures=self.figures,
            headcount=Headcount(lambda: self.figures.points, clock.steady),
            admission=Admission(pool, self.people, introducing, self.origins),
            introducing=introducing,
            ladder=ladder,
            origins=self.origins,
            people=self.people,
            friends=self.in_touch.friends,
            notifications=self.in_touch.notifications,
            channels=self.in_touch.channels,
            records=Records(pool, seals, matchmaker, clock, friends=self.in_touch.granted),
            mail=self.mail,
            sessions=self.sessions,
            ledger=ledger,
            matchmaker=matchmaker,
            speaker=self.speaker,
            limits=self.limits,
            pace=Pace(
                Rate(settings.http_every_s * 1_000, settings.http_burst),
                Rate(settings.http_write_every_s * 1_000, settings.http_write_burst),
                on=settings.rate_limits,
            ),
            sign_up_gate=_sign_up_gate(settings, self.limits, seals, clock, metrics),
            passwords=self.passwords,
            ice=ice,
            health=self.health,
            metrics=metrics,
            faults=faults,
            scrape=Scrape(
                metrics,
                matchmaker,
                stats,
                store,
                connections=listeners.connections,
                readiness=self.health.figure,
                clock=self.clock_watch,
            ),
            openapi=msgspec.json.encode(openapi.document(TABLE, VERSION)),
            asyncapi=msgspec.json.encode(asyncapi.document(VERSION)),
        )

        pages = [
            *Pages(assets.web(), built=assets.page(settings), origin=settings.public_origin).routes(),
            *Pages(assets.guide(), at="/guide").routes(),
        ]
        turns = Turns()
        self.web = front.build(
            self.desk,
            sides.public(TABLE, settings),
            sides.public_pages(pages, settings),
            socket_fast.handler(self.speaker, listeners.whence),
            whence=listeners.whence,
            turns=turns,
        )
        self.upgrades = _upgrades(self.desk, turns, listeners)
        self.ops = front.build(
            self.desk, sides.operators(TABLE, settings), sides.operators_pages(pages), whence=listeners.directly
        )
        """What operators are served, if they have a listener."""

    def _join(
        self, node: str, ports: Ports, owners: RoomOwners, events: MatchmakerEvents, settings: Settings
    ) -> Cluster:
        """Make this process one of several."""
        cluster = self.speaker.cluster = Cluster(
            node=node,
            ports=ports,
            owners=owners,
            matchmaker=self.matchmaker,
            speaker=self.speaker,
            events=events,
            clock=self.clock,
            on_death=self.moderation.look_back,
            share_after_ms=round(settings.share_after_s * 1_000),
            local_first_ms=round(settings.local_first_s * 1_000),
        )
        self.bulletin.join(cluster)
        if settings.friends:
            self.in_touch.join(ClusterNodes(cluster))
            cluster.broadcast.on_loss(self.in_touch.on_loss)
            self.speaker.hub.on_adopted = self.in_touch.friends.arrived
        self.door.trusts = self.node.reaches_redis = cluster.reaches_redis
        self.health.redis_fault = lambda: cluster.supervision.outage.fault
        self.metrics.registry.register(ClusterCollector(cluster))
        return cluster


def _upgrades(desk: Desk, turns: Turns, listeners: Listeners) -> Upgrades | None:
    """Return what opens sockets without aiohttp's server; None, and a log line, where that was never tested."""
    reason = socket_fast.fallback_reason()
    if reason is None:
        return Upgrades(desk.speaker, turns, whence=listeners.whence, may_open=partial(front.may_open, desk))
    log.warning("socket_fallback", reason=reason, aiohttp=aiohttp.__version__, tested=sorted(socket_fast.TESTED))
    return None


def _log_pressure(limit_mib: int, exceeded: bool, used: int) -> None:
    used_mib = round(used / 1024 / 1024, 1)
    if exceeded:
        log.warning("buffer_budget_exceeded", used_mib=used_mib, limit_mib=limit_mib)
    else:
        log.info("buffer_budget_kept", used_mib=used_mib, limit_mib=limit_mib)


def _sign_up_gate(settings: Settings, limits: Limits, seals: Seals, clock: Clock, metrics: Metrics) -> SignUpGate:
    policy = Policy(
        free=settings.signups,
        most=settings.signups_gated,
        bits=settings.signup_gate_bits,
        step=settings.signup_gate_step,
        site_key=settings.turnstile_site_key,
    )
    turnstile = Turnstile(settings.turnstile_url, settings.turnstile_secret or "")
    mode = turnstile if settings.signup_gate == "turnstile" else settings.signup_gate
    return SignUpGate(limits, seals, clock, policy=policy, mode=mode, outcomes=metrics.gate_outcomes)


def _note(metrics: Metrics, faults: Faults, fault: BaseException) -> None:
    metrics.faults += 1
    faults.report("frame_failed", fault)


def _note_stall(ms: int) -> None:
    log.warning("node_stalled", stalled_s=ms / 1_000)


def _note_channels(metrics: Metrics, faults: Faults, fault: BaseException) -> None:
    metrics.faults += 1
    faults.report("channels_failed", fault)


def _note_late(metrics: Metrics, faults: Faults, key: tuple[str, Any], fault: BaseException) -> None:
    metrics.faults += 1
    faults.report("deadline_failed", fault, of=key[0])
