"""The services of channels and files, wired, with their background work."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from server.auth.keyed_hash import KeyedHasher
from server.config.sections.channel_settings import ChannelSettings
from server.db.channels import account_deletion
from server.db.channels.calls import left_calls
from server.db.channels.messages import search
from server.db.channels.records import Change
from server.db.group_commit import OnCommit, no_listener
from server.db.pool import Pool
from server.domain.people.files import FileLimits
from server.people.channels.marks import MarkBoard
from server.people.channels.node_delivery import NodeChannelDelivery
from server.people.channels.reading import ChannelReader
from server.people.channels.sending import SendService
from server.people.channels.service import ChannelService
from server.people.delivery import EventDelivery
from server.people.files.pictures import Pictures
from server.people.files.service import FileService
from server.people.files.store import FileStore
from server.people.files.store_local import LocalStore
from server.people.nodes import Nodes, Owners
from server.runtime.background import attempt
from signaling.routing.people_sender import PeopleSender

SWEEP_S = 60.0
ERASE_S = 10.0
CALLS_S = 5.0
LEFT_MS = 5_000
"""Delay after which any node that finds the message of a call missing writes it: the node of the call has died."""

log = structlog.get_logger()


class ChannelServices:
    """Channels, messages and files, on one node."""

    def __init__(
        self,
        settings: ChannelSettings,
        pool: Pool,
        *,
        events: EventDelivery,
        sender: PeopleSender,
        nodes: Nodes,
        owners: Owners,
        hasher: KeyedHasher,
        clock: Clock,
        store: FileStore | None,
        sends_mail: bool,
        on_fault: Callable[[BaseException], None],
        on_commit: OnCommit = no_listener,
    ) -> None:
        """*pool*: separate connections, so that no call waits for a message, nor a message for a call."""
        self._pool = pool
        self._hasher = hasher
        self._clock = clock
        self._search_s = settings.search_delay_s
        self._on_fault = on_fault
        self.store = store
        limits = FileLimits(
            bytes=settings.attachment_bytes,
            day_bytes=settings.attachment_day_bytes,
            quota_bytes=settings.attachment_quota_bytes,
            upload_ms=round(settings.upload_s * 1_000),
            unused_ms=round(settings.unused_file_s * 1_000),
            link_ms=round(settings.file_link_s * 1_000),
        )
        pictures = Pictures(
            workers=settings.picture_workers, pixels=settings.picture_pixels, side=settings.picture_side
        )
        self.files = FileService(pool, store, pictures=pictures, clock=clock, limits=limits)
        self.delivery = NodeChannelDelivery(
            pool, sender, nodes, owners, link=self.files.link, clock=clock, on_fault=on_fault
        )
        self.marks = MarkBoard(pool, events, clock, every_s=settings.marks_s, on_fault=on_fault)
        self.reader = ChannelReader(pool, terms=settings.channel_terms, link=self.files.link)
        self.service = ChannelService(
            pool,
            delivery=self.delivery,
            events=events,
            marks=self.marks,
            reader=self.reader,
            clock=clock,
            terms=settings.channel_terms,
            link=self.files.link,
            verified=sends_mail,
        )
        self.sending = SendService(
            pool,
            delivery=self.delivery,
            events=events,
            marks=self.marks,
            clock=clock,
            limits=settings.channel_terms.messages,
            link=self.files.link,
            typing_ms=round(settings.typing_every_s * 1_000),
            email_ms=round(settings.email_unread_s * 1_000) if sends_mail else None,
            on_commit=on_commit,
        )
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Start: sign links with the key of the installation, and start the background work.

        Raises:
            Unavailable: the key cannot be read.
        """
        if isinstance(self.store, LocalStore):
            self.store.use_key(await self._hasher.digest("files", "links"))
        self._spawn(self.marks.run())
        self._spawn(self._repeat(self._search_s, self._index))
        self._spawn(self._repeat(ERASE_S, self._erase))
        self._spawn(self._repeat(CALLS_S, self._record_calls))
        self._spawn(self._repeat(SWEEP_S, self._sweep))

    async def close(self) -> None:
        """Store what is in progress, and stop."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.sending.close()
        await self.delivery.close()
        with suppress(Unavailable):  # Otherwise those of the last second are lost.
            await self.marks.flush()
        await self.files.close()

    def on_dm_changed(self, channel_id: str) -> None:
        """Tell both users of a DM that it was closed or reopened."""
        self._spawn(self._tell(self.service.announce_dm(channel_id)))

    def on_blocked(self, user: UserId, target: UserId) -> None:
        """Tell both users of the effect of a block on their DM."""
        self._spawn(self._tell(self.service.announce_block(user, target)))

    def on_departed(self, notices: Sequence[Change]) -> None:
        """Tell the members of channels that a deleted user has left."""
        self._spawn(self._tell(self.service.announce_departure(notices)))

    async def _index(self) -> None:
        await search.index(self._pool, now=self._clock.now())

    async def _erase(self) -> None:
        more = True
        while more:
            count, more = await account_deletion.erase(self._pool, now=self._clock.now())
            if count:
                log.info("messages_erased", count=count)

    async def _record_calls(self) -> None:
        for call in await left_calls(self._pool, before=self._clock.now() - LEFT_MS):
            await self.service.record_call(call)

    async def _sweep(self) -> None:
        await self.files.sweep()

    async def _repeat(self, every_s: float, work: Callable[[], Awaitable[None]]) -> None:
        """Run *work* now, for what an earlier process did not finish, and repeatedly; failures are retried."""
        while True:
            await attempt(work, self._on_fault)
            await asyncio.sleep(every_s)

    async def _tell(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Unavailable:
            pass  # The inbox contains it.
        except Exception as fault:  # noqa: BLE001 - reported to the operator
            self._on_fault(fault)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def file_store(settings: ChannelSettings, *, embedded: bool, data_dir: Path, origin: str | None) -> FileStore | None:
    """Return where files are kept; None: nowhere."""
    kind = settings.attachment_store(embedded=embedded)
    if kind == "local":
        return LocalStore(data_dir.absolute() / "uploads", origin=origin or "")
    if kind == "off":
        return None
    from server.people.files.store_s3 import S3Store  # noqa: PLC0415 - the extra `s3`

    return S3Store(
        endpoint=settings.s3_endpoint,
        bucket=settings.s3_bucket or "",
        region=settings.s3_region or "us-east-1",
        key=settings.s3_key or "",
        secret=settings.s3_secret or "",
    )
