"""Keyed digests, to recognize a name without storing it."""

import hmac
import secrets

from server.db.pool import Pool
from server.db.safety.installation_key import key_of_installation
from server.domain.email_address import key_of

DIGEST_BYTES = 16
"""128 bits: collisions among a billion names are negligible."""
KEY_BYTES = 32


class KeyedHasher:
    """Makes digests with the key of this installation. *secret* None: the key is stored in the database.

    Stored there, it protects only against casual reading: an attacker with the whole database can try addresses. An
    operator who needs more sets RONDO_SECRET from the first day: after a change of the key no name is recognized.
    """

    def __init__(self, pool: Pool, secret: bytes | None = None) -> None:
        self._pool = pool
        self._key = secret

    async def digest(self, kind: str, name: str) -> bytes:
        """Return the digest of *name*, 16 bytes, different for each *kind* of use.

        Raises:
            Unavailable: the key cannot be read.
        """
        if self._key is None:
            self._key = await key_of_installation(self._pool, secrets.token_bytes(KEY_BYTES))
        return hmac.digest(self._key, f"{kind}\0{name}".encode(errors="surrogatepass"), "sha256")[:DIGEST_BYTES]

    async def of_email(self, email: str) -> bytes:
        """Return the digest of an e-mail address in the form in which addresses are compared. Raises as `digest`."""
        return await self.digest("e-mail", key_of(email))
