"""The ports of one node in memory: accounts, tokens and rooms without a store."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence

from matchmaker.domain.errors import Unauthenticated
from matchmaker.domain.ids import MessageId, RoomId, UserId, new_id
from matchmaker.domain.message import Message
from matchmaker.domain.profile import Profile
from matchmaker.domain.transactions import RoomWrite
from signaling.connection.ports import Identity
from tests.support.repository_memory import MemoryRoomRepository


class MemoryAuthenticator:
    """Tokens as a dictionary."""

    def __init__(self) -> None:
        self._identities: dict[str, Identity] = {}

    def issue_token(self, profile: Profile, *, now: int) -> tuple[str, str]:
        """Return a token that proves *profile*, and the id of its login session."""
        token, login_id = secrets.token_urlsafe(32), new_id(now)
        self._identities[token] = Identity(profile=profile, login_id=login_id)
        return token, login_id

    async def authenticate_socket(self, token: str, *, address: str, device: str) -> Identity:
        """Return who holds *token*.

        Raises:
            Unauthenticated: it was not issued here.
        """
        await asyncio.sleep(0)
        identity = self._identities.get(token)
        if identity is None:
            raise Unauthenticated("the token is unknown")
        return identity


class YieldingRepository(MemoryRoomRepository):
    """Lets other tasks run before each answer, as a database does."""

    async def avoided(self, users: Sequence[UserId], *, now: int) -> Mapping[UserId, dict[UserId, int]]:
        await asyncio.sleep(0)
        return await super().avoided(users, now=now)

    async def commit(self, change: RoomWrite) -> Message | None:
        await asyncio.sleep(0)
        return await super().commit(change)

    async def messages(self, room_id: RoomId, *, before: MessageId | None = None, limit: int = 50) -> list[Message]:
        await asyncio.sleep(0)
        return await super().messages(room_id, before=before, limit=limit)
