"""Terms of introduction links."""

import msgspec


class LinkTerms(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's terms of introduction links."""

    ask_ms: int = 7 * 86_400_000
    """How long a target can answer, in milliseconds; after that the answer is no."""
    followers_a_day: int | None = 3
    """Maximum number of new users of a link within 24 hours; None: no limit."""
