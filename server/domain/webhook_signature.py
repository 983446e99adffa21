"""Signed webhooks: who sent this body, and when. Pure: the secret and the time are arguments."""

import hmac
from collections.abc import Sequence
from hashlib import sha256

TOLERANCE_S = 300
"""How old a signature may be, or how far ahead of our clock: what was caught on the way is worth nothing later."""
SIGNATURES_MAX = 8
"""Stripe signs with every secret that is valid while one replaces another: a few, not thousands."""


class InvalidSignature(Exception):
    """The body is not what the holder of the secret sent just now; the text says why, for the log."""


def sign(body: bytes, secret: str, *, at: int) -> str:
    """Return the signature of *body* at the Unix second *at*: hex HMAC-SHA256 over `at.body`."""
    return hmac.new(secret.encode(), b"%d.%b" % (at, body), sha256).hexdigest()


def verify(header: str, body: bytes, secret: str, *, now: int) -> None:
    """Return if *header*, `t=<Unix seconds>,v1=<hex>[,v1=<hex>…]`, shows that *body* was signed with *secret*.

    This is Stripe's scheme (docs.stripe.com/webhooks, "Verify manually"), and the generic one. Parts of other names are
    passed over, as it says there.

    Raises:
        Forged: there is no signature, none fits, or it is more than five minutes from *now* (Unix seconds).
    """
    at, signatures = _parse(header)
    if abs(now - at) > TOLERANCE_S:
        raise InvalidSignature("too late" if at < now else "from the future")
    expected = sign(body, secret, at=at).encode()
    # Every one is compared, each in constant time.
    if not sum([hmac.compare_digest(expected, one.encode()) for one in signatures]):
        raise InvalidSignature("no signature fits")


def _parse(header: str) -> tuple[int, Sequence[str]]:
    at: int | None = None
    signatures = []
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t" and at is None and value.isascii() and value.isdigit() and len(value) <= 12:
            at = int(value)
        elif name == "v1":
            signatures.append(value)
    if at is None or not signatures or len(signatures) > SIGNATURES_MAX:
        raise InvalidSignature("the header is not t=…,v1=…")
    return at, signatures
