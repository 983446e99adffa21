"""Files of users: permission, completion, links and deletion."""

import asyncio
import hashlib
from weakref import WeakValueDictionary

import msgspec
import structlog

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Invalid, NotFound, Unavailable
from matchmaker.domain.ids import UserId, new_id
from server.db.channels import files
from server.db.channels.records import StoredFile
from server.db.pool import Pool
from server.domain.people.files import (
    AVATAR_SIDE,
    NO_NAME,
    PICTURES,
    FileLimits,
    Purpose,
    check_content,
    clean_name,
)
from server.people.files.attachment_object import attachment_object
from server.people.files.pictures import Pictures
from server.people.files.store import FileStore, Upload
from signaling.wire.channel_models import AttachmentObject
from signaling.wire.visible import has_visible

log = structlog.get_logger()

REFUSED_MAX = 20
LOWEST_ID = "00000000-0000-0000-0000-000000000000"


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """The permission to upload a file."""

    attachment_id: str
    upload: Upload
    expires_at: int


class FileService:
    """Accepts files, checks them, and creates links to them. Any call that waits may raise `Unavailable`."""

    def __init__(
        self, pool: Pool, store: FileStore | None, *, pictures: Pictures, clock: Clock, limits: FileLimits
    ) -> None:
        """*store* None: the service keeps no files."""
        self._pool = pool
        self._store = store
        self._pictures = pictures
        self._clock = clock
        self._limits = limits
        self._completing: WeakValueDictionary[UserId, asyncio.Lock] = WeakValueDictionary()
        """By owner: one file at a time, so that the pictures of a user do not keep those of others waiting."""

    async def permit(self, owner: UserId, purpose: Purpose, *, name: str, media_type: str, size: int) -> Permit:
        """Return the permission to upload a file.

        Raises:
            NotFound: the service keeps no files.
            Invalid, TooLarge, LimitReached: as `rules.files.check_permission`.
        """
        store, now = self._kept(), self._clock.now()
        attachment_id, clean = new_id(now), clean_name(name)
        await files.permit(
            self._pool,
            attachment_id,
            owner,
            purpose=purpose,
            name=clean if has_visible(clean) else NO_NAME,
            media_type=media_type,
            size=size,
            now=now,
            limits=self._limits,
        )
        upload = store.permit(
            attachment_id, size=size, media_type=media_type, now=now, lifetime_ms=self._limits.upload_ms
        )
        return Permit(attachment_id=attachment_id, upload=upload, expires_at=now + self._limits.upload_ms)

    async def complete(self, owner: UserId, attachment_id: str) -> AttachmentObject:
        """Check the upload, re-encode it if it is a picture, and store it. Idempotent.

        Raises:
            NotFound: there is no such permission, or it has expired.
            Invalid: nothing was uploaded, or not what was permitted.
        """
        # It exists while a request of the owner holds it or waits for it.
        async with self._completing.setdefault(owner, asyncio.Lock()):
            return await self._complete(owner, attachment_id)

    async def _complete(self, owner: UserId, attachment_id: str) -> AttachmentObject:
        store, now = self._kept(), self._clock.now()
        own = await files.mine(self._pool, attachment_id, owner)
        if not own.is_ready:
            if own.until_at is not None and own.until_at <= now:
                raise NotFound("the permission to upload this file is over")
            data = await store.read_upload(attachment_id, limit=own.file.bytes)
            if data is None:
                # Completed at the same moment by another request, which has taken the upload; or nothing was uploaded.
                own = await files.mine(self._pool, attachment_id, owner)
                if not own.is_ready:
                    raise Invalid("attachment_id", "nothing was uploaded yet")
                return self._shown(own.file)
            if len(data) != own.file.bytes:
                raise Invalid("bytes", f"not the {own.file.bytes} bytes that were permitted")
            kept, data = await self._checked(own, data)
            await store.keep(attachment_id, data, kept.media_type)
            own = await files.complete(
                self._pool,
                owner,
                kept,
                sha256=hashlib.sha256(data).digest(),
                now=self._clock.now(),
                limits=self._limits,
            )
        return self._shown(own.file)

    async def show(self, viewer: UserId, attachment_id: str) -> tuple[str, int]:
        """Return the link to a file that *viewer* may see, and until when it is valid.

        Raises:
            NotFound: there is no such file, or they may not see it.
        """
        store, now = self._kept(), self._clock.now()
        name, media_type = await files.visible(self._pool, attachment_id, viewer, now=now)
        url = store.link(attachment_id, name=name, media_type=media_type, now=now, lifetime_ms=self._limits.link_ms)
        return url, now + self._limits.link_ms

    def link(self, attachment_id: str, name: str = "avatar", media_type: str = "image/jpeg") -> str | None:
        """Return the link to a file, for a viewer who may see it; None: the service keeps no files."""
        if self._store is None:
            return None
        return self._store.link(
            attachment_id,
            name=name,
            media_type=media_type,
            now=self._clock.now(),
            lifetime_ms=self._limits.link_ms,
        )

    async def served(self, attachment_id: str) -> tuple[str, str]:
        """Return name and media type of a file with a valid link. Raises NotFound: it was deleted."""
        return await files.served(self._pool, attachment_id, now=self._clock.now())

    async def avatar_of(self, user: UserId) -> str | None:
        """Return the id of the avatar of *user*; None: they have none."""
        return await files.avatar_of(self._pool, user)

    async def set_avatar(self, user: UserId, attachment_id: str | None) -> None:
        """Make an uploaded picture the avatar of *user*; None removes it. Raises Invalid: it is not theirs."""
        async with self._pool.transaction() as connection:
            await files.set_avatar(connection, user, attachment_id, now=self._clock.now())

    async def sweep(self) -> int:
        """Delete expired files, bytes first; return how many.

        A file that the store does not delete stays, and is tried again in the next sweep. After `REFUSED_MAX` in a row
        the store is taken to be away.
        """
        if self._store is None:
            return 0
        deleted, refused, in_a_row, after = 0, 0, 0, LOWEST_ID
        while in_a_row < REFUSED_MAX and (found := await files.ended(self._pool, after=after, now=self._clock.now())):
            after, removed = found[-1], []
            for attachment_id in found:
                try:
                    await self._store.delete(attachment_id)
                except Unavailable:
                    refused, in_a_row = refused + 1, in_a_row + 1
                    if in_a_row == REFUSED_MAX:
                        break
                else:
                    in_a_row = 0
                    removed.append(attachment_id)
            await files.forget(self._pool, removed, now=self._clock.now())
            deleted += len(removed)
        if refused:
            log.warning("files_not_deleted", count=refused)
        return deleted

    async def close(self) -> None:
        """Close the store."""
        if self._store is not None:
            await self._store.close()

    def _kept(self) -> FileStore:
        if self._store is None:
            raise NotFound("this service keeps no files")
        return self._store

    async def _checked(self, own: files.OwnFile, data: bytes) -> tuple[StoredFile, bytes]:
        file = own.file
        check_content(file.media_type, data)
        if file.media_type not in PICTURES:
            return file, data
        square = AVATAR_SIDE if own.purpose == "avatar" else None
        picture = await self._pictures.encode(data, square=square)
        kept = msgspec.structs.replace(
            file,
            media_type=picture.media_type,
            bytes=len(picture.data),
            width=picture.width,
            height=picture.height,
        )
        return kept, picture.data

    def _shown(self, file: StoredFile) -> AttachmentObject:
        return attachment_object(file, self.link(file.attachment_id, file.name, file.media_type))
