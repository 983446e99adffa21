"""Signed webhooks: authenticity and age of a body. Pure: the secret and the time are arguments."""

import hmac
from collections.abc import Sequence
from hashlib import sha256

TOLERANCE_S = 300
"""Maximum age of a signature, and how far it may be ahead of our clock: limits replays."""
SIGNATURES_MAX = 8
"""Maximum number of signatures: Stripe signs with every secret that is valid during a rotation, which are few."""


class InvalidSignature(Exception):
    """The signature of the body is invalid or not recent; the message says why, for the log."""


def sign(body: bytes, secret: str, *, at: int) -> str:
    """Return the signature of *body* at the Unix second *at*: hex HMAC-SHA256 over `at.body`."""
    return hmac.new(secret.encode(), b"%d.%b" % (at, body), sha256).hexdigest()


def verify(header: str, body: bytes, secret: str, *, now: int) -> None:
    """Check that *header*, `t=<Unix seconds>,v1=<hex>[,v1=<hex>…]`, is a signature of *body* by *secret*.

    This is Stripe's scheme (docs.stripe.com/webhooks, "Verify manually"), and the generic one. Parts with other names
    are ignored, as documented there.

    Raises:
        InvalidSignature: there is no signature, none matches, or it is more than five minutes from *now* (Unix
        seconds).
    """
    at, signatures = _parse(header)
    if abs(now - at) > TOLERANCE_S:
        raise InvalidSignature("too late" if at < now else "from the future")
    expected = sign(body, secret, at=at).encode()
    # All are compared, each in constant time.
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
