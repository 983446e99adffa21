"""Proof of work for sign-ups: challenges that need no storage, and solutions of SHA-256."""

import base64
import binascii
import secrets
from hashlib import sha256
from typing import NamedTuple

from server.auth.keyed_hash import DIGEST_BYTES, KeyedHasher

VALID_MS = 300_000
"""How long a challenge is valid, in milliseconds (protocol.md, section 2)."""
SOLUTION_MAX = 64
BITS_MAX = 32
"""A browser takes an hour for as many bits."""
_KIND = "sign-up challenge"
_NONCE_BYTES = 8
_HEAD = 1 + 5
"""Bytes of the difficulty, and of the expiry in Unix seconds."""
_BYTES = _HEAD + _NONCE_BYTES + DIGEST_BYTES
"""40 characters in base64, so that challenge and solution fit into one block of SHA-256."""


class Challenge(NamedTuple):
    """A challenge that a client has to solve."""

    text: str
    bits: int


async def issue(hasher: KeyedHasher, network: str, *, bits: int, now: int) -> Challenge:
    """Return a challenge for clients of *network*, valid for `VALID_MS` from *now*.

    Raises:
        Unavailable: the key of the installation cannot be read.
    """
    end = (now + VALID_MS) // 1_000
    head = bytes([bits]) + end.to_bytes(5, "big") + secrets.token_bytes(_NONCE_BYTES)
    mac = await hasher.digest(_KIND, f"{head.hex()} {network}")
    return Challenge(base64.urlsafe_b64encode(head + mac).decode(), bits)


async def is_solved(hasher: KeyedHasher, network: str, challenge: str, solution: str, *, least: int, now: int) -> bool:
    """Return whether *challenge* was issued for *network* with *least* bits or more, has not expired, and is solved;
    not whether it was used.

    Solved: SHA-256(challenge + ":" + solution), in UTF-8, begins with as many zero bits as the challenge demands.

    Raises:
        Unavailable: the key of the installation cannot be read.
    """
    try:
        raw = base64.b64decode(challenge.encode("ascii"), altchars=b"-_", validate=True)
        digest = sha256(f"{challenge}:{solution}".encode()).digest()
    except (ValueError, binascii.Error):
        return False
    if len(raw) != _BYTES or len(solution) > SOLUTION_MAX:
        return False
    head, mac = raw[:-DIGEST_BYTES], raw[-DIGEST_BYTES:]
    if not secrets.compare_digest(mac, await hasher.digest(_KIND, f"{head.hex()} {network}")):
        return False
    bits, end = head[0], int.from_bytes(head[1:_HEAD], "big")
    return now < end * 1_000 and bits >= least and zero_bits(digest) >= bits


def zero_bits(digest: bytes) -> int:
    """Return the number of leading zero bits of *digest*."""
    return len(digest) * 8 - int.from_bytes(digest, "big").bit_length()
