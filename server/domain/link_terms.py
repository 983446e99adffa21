"""What holds for introduction links."""

import msgspec


class LinkTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator has decided about introduction links."""

    ask_ms: int = 7 * 86_400_000
    """How long a target has for the answer; then it is no."""
    followers_a_day: int | None = 3
    """How many new followers a link takes within 24 hours; None: any number."""
