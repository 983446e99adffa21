"""The accounts of the mirrors: always the same, with new tokens at every start."""

from uuid import UUID, uuid5

from matchmaker.domain.errors import NotFound
from matchmaker.domain.ids import UserId, new_id
from matchmaker.domain.profile import Profile
from server.auth.tokens import hash_of, new_token
from server.db.accounts.sessions import LoginDevice, Sessions, lifetime_ms
from server.db.accounts.users import Users

COUNT = 3
"""Number of mirror calls at the same time; each takes a tenth of a core."""
NAME = "Mirror"
_NAMESPACE = UUID("5b7a9c54-6d1e-4f0a-9d3b-52d6e0c2a771")


def identity(number: int) -> UserId:
    """Return the user of mirror *number*, the same in every process: its room can be recovered after a restart."""
    return UserId(str(uuid5(_NAMESPACE, f"mirror {number}")))


async def admit(people: Users, sessions: Sessions, *, now: int, count: int = COUNT) -> list[str]:
    """Return a new token for each mirror; the old ones are revoked. Missing accounts are created.

    Raises:
        Unavailable: the database cannot be reached.
    """
    return [await _admit(people, sessions, identity(number), now=now) for number in range(1, count + 1)]


async def _admit(people: Users, sessions: Sessions, user: UserId, *, now: int) -> str:
    token = new_token()
    device = LoginDevice(
        session_id=new_id(now),
        device="rondo mirror",
        address="127.0.0.1",
        permanent=False,
        created_at=now,
        last_seen_at=now,
        expires_at=now + lifetime_ms(permanent=False),
    )
    try:
        await people.get(user)
    except NotFound:
        profile = Profile(user_id=user, display_name=NAME, mirror=True)
        await people.add(profile, device, token_hash=hash_of(token))
        return token
    for old in await sessions.of(user, now=now):
        await sessions.revoke(old.session_id, user=user)
    await sessions.add(device, user=user, token_hash=hash_of(token))
    return token
