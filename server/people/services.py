"""The people services of one node, wired."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import structlog

from matchmaker.domain.clock import WallClock
from matchmaker.ports.user_changes import UserChanges
from matchmaker.services.already_met import meet_last
from matchmaker.services.scheduler import Key
from matchmaker.services.state_store import StateStore
from server.auth.keyed_hash import KeyedHasher
from server.config.settings import Settings
from server.db.group_commit import OnCommit, no_listener
from server.db.people import friendships
from server.db.pool import Pool
from server.domain.people.friend_calls import CallTerms
from server.people.channels.services import ChannelServices, file_store
from server.people.connected_users import ConnectedUsers
from server.people.email_sender import EmailSender
from server.people.friend_calls import FriendCallService
from server.people.friends import FriendService
from server.people.node_delivery import NodeDelivery
from server.people.nodes import Nodes, Owners
from server.people.notifications import NotificationService
from server.people.presence import FriendPresenceService
from server.runtime.mail import Mailer
from signaling.routing.hub import Hub
from signaling.routing.people_sender import PeopleSender

log = structlog.get_logger()

LOOK_S: Final = 1.0
"""How often the node checks for dead nodes that have friends of its users."""
GATHER_S: Final = 0.5
"""How long further losses are awaited before they are recovered."""
STALL_S: Final = 5.0
"""Time without an iteration of the loop after which this process was suspended, and may have missed messages."""
RESET_WITHIN_MS: Final = 10_000
"""Time within which clients read the inbox again after messages between nodes may have been lost."""


class PeopleServices:
    """The services for friends, channels and notifications, on one node."""

    def __init__(
        self,
        settings: Settings,
        pool: Pool,
        *,
        hub: Hub,
        store: StateStore,
        changes: UserChanges,
        hasher: KeyedHasher,
        mail: Mailer,
        node: str,
        nodes: Nodes,
        clock: WallClock,
        on_fault: Callable[[Key, BaseException], None],
        on_channel_fault: Callable[[BaseException], None],
        email_counts: Counter[str],
        on_commit: OnCommit = no_listener,
    ) -> None:
        """*pool*: connections of their own, so that friends wait for no call, nor a call for them.

        *email_counts*: what became of e-mails.
        """
        self._is_on, self._sends_mail = settings.friends, settings.sends_mail
        self._clock, self._on_fault, self._reread_s = clock, on_fault, settings.reread_s
        self._lost = asyncio.Event()
        """Set when messages between nodes may have been lost."""
        self._cut_off_since: float | None = None
        """Since when this node does not receive from the others (clock of the loop); None: it does."""
        self.sender = PeopleSender(hub)
        self.nodes = nodes
        nodes.on_loss(self._on_loss)
        owners = Owners(nodes)
        self.delivery = NodeDelivery(self.sender, nodes, owners)
        self.channels = ChannelServices(
            settings,
            pool,
            events=self.delivery,
            sender=self.sender,
            nodes=nodes,
            owners=owners,
            hasher=hasher,
            clock=clock,
            store=file_store(
                settings, embedded=settings.embedded, data_dir=settings.data_dir, origin=settings.public_origin
            ),
            sends_mail=settings.sends_mail,
            on_fault=on_channel_fault,
            on_commit=on_commit,
        )

        self.presence = FriendPresenceService(
            clock=clock.steady,
            pace=settings.presence_pace,
            sender=self.sender,
            load=partial(friendships.watched_by, pool),
            state_of=store.cached_state,
            stream_of=partial(self.sender.stream_of, feature="friends"),
            on_fault=on_fault,
            nodes=nodes,
            owners=owners,
        )
        changes.moved.subscribe(self.presence.note)
        changes.forgotten.subscribe(self.presence.forget)
        changes.evicted.subscribe(self.presence.look_for)
        changes.session_over.subscribe(self.presence.end)
        self.calls = FriendCallService(
            pool,
            sender=self.sender,
            clock=clock,
            terms=settings.call_terms if settings.rate_limits else CallTerms(many=0),
            on_fault=lambda fault: on_fault(("presence", "call"), fault),
            record=self.channels.service.record_call,
        )
        self.friends = FriendService(
            pool,
            delivery=self.delivery,
            presence=self.presence,
            nodes=nodes,
            hasher=hasher,
            clock=clock,
            terms=settings.friend_terms,
            asks_a_day=settings.friend_requests_day if settings.rate_limits else None,
            verified=settings.sends_mail,
            has_feature=lambda user: self.sender.has_feature(user, "friends"),
            meet_last=partial(meet_last, store),
            avatar_url=self.channels.files.link,
            on_dm_changed=self.channels.on_dm_changed,
            on_parted=self.channels.on_blocked,
        )

        changes.adopted.subscribe(self.friends.arrived)
        self.notifications = NotificationService(pool, hasher=hasher, clock=clock)
        self._connected = None
        if settings.friends:
            self._connected = ConnectedUsers(
                pool,
                hub,
                changes=changes,
                node=node,
                clock=clock,
            )
        self.emails = EmailSender(
            pool,
            mail=mail,
            hasher=hasher,
            clock=clock,
            public_origin=settings.public_origin,
            day_max=settings.email_day,
            counts=email_counts,
        )

    def loops(self) -> dict[str, Callable[[], Awaitable[object]]]:
        """Return the periodic work by name; each runs until cancelled."""
        loops: dict[str, Callable[[], Awaitable[object]]] = {
            "friends_nodes": self._watch_nodes,
            "friends_losses": self._deliver_missed,
        }
        if self._connected is not None:
            loops["connected_users"] = self._connected.run
        if self._sends_mail:
            loops["emails"] = self.emails.run
        return loops

    @property
    def granted(self) -> FriendService | None:
        """The friends service, if the feature is on."""
        return self.friends if self._is_on else None

    async def _on_loss(self) -> None:
        """Deliver missed events soon: messages of other nodes, or to them, may have been lost."""
        self._lost.set()

    async def _watch_nodes(self) -> None:
        """Detect dead nodes, with messages they had not sent, and how long this node could not receive."""
        others: set[str] = set()
        loop = asyncio.get_running_loop()
        while True:
            looked_at = loop.time()
            await asyncio.sleep(LOOK_S)
            self.presence.nodes.check_nodes()
            if self._cut_off_since is None and (self.nodes.is_cut_off or loop.time() > looked_at + STALL_S):
                self._cut_off_since = looked_at
            before, others = others, set(self.nodes.others)
            if before != others:
                self._lost.set()

    async def _deliver_missed(self) -> None:
        """After each loss, deliver missed events; clients read those that cannot be loaded."""
        loop = asyncio.get_running_loop()
        while True:
            await self._lost.wait()
            await asyncio.sleep(GATHER_S)  # several links are reset together
            self._lost.clear()
            now = loop.time()
            lost_s = now - (now if self._cut_off_since is None else self._cut_off_since)
            self._cut_off_since = None
            try:
                if lost_s > self._reread_s - STALL_S or not await self._reread():
                    log.warning("people_reset", lost_s=round(lost_s, 1), within_s=RESET_WITHIN_MS / 1_000)
                    self.sender.reset_all(within_ms=RESET_WITHIN_MS)
                await self.presence.refresh_all()
            except Exception as fault:  # noqa: BLE001 - reported to the operator
                self._on_fault(("presence", "reread"), fault)

    async def _reread(self) -> bool:
        return await self.channels.delivery.reread(self._clock.now() - round(self._reread_s * 1_000))

    async def open(self) -> None:
        """Start the background work. Raises Unavailable: the database does not answer."""
        if self._is_on:
            await self.channels.open()

    async def close(self) -> None:
        """Stop; return once nothing is in progress."""
        await self.calls.close()
        await self.friends.close()
        await self.presence.close()
        await self.delivery.close()
        await self.channels.close()
