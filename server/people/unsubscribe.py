"""One-click unsubscribe (RFC 8058): a token that names a user and a kind, and that only this installation can make."""

import base64
import binascii
import hmac
from uuid import UUID

from matchmaker.domain.ids import UserId
from server.auth.keyed_hash import DIGEST_BYTES, KeyedHasher
from server.domain.people.notification_kinds import TERMS


async def token_of(hasher: KeyedHasher, user: UserId, kind: str) -> str:
    """Return the token with which *user* gets no e-mail of *kind* any more. Raises `Unavailable`."""
    named = UUID(user).bytes + kind.encode()
    return base64.urlsafe_b64encode(await _digest(hasher, named) + named).rstrip(b"=").decode()


async def read_token(hasher: KeyedHasher, token: str) -> tuple[UserId, str] | None:
    """Return the user and the kind that *token* names; None: it is not one of ours. Raises `Unavailable`."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        digest, named = raw[:DIGEST_BYTES], raw[DIGEST_BYTES:]
        user, kind = UserId(str(UUID(bytes=named[:16]))), named[16:].decode("ascii")
    except (ValueError, binascii.Error):
        return None
    is_ours = hmac.compare_digest(digest, await _digest(hasher, named))
    return (user, kind) if is_ours and kind in TERMS else None


async def _digest(hasher: KeyedHasher, named: bytes) -> bytes:
    return await hasher.digest("unsubscribe", named.hex())
