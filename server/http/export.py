"""Everything held about a person, in one document."""

from typing import Any

import msgspec

from server.http.desk import Desk
from server.http.route import Call
from server.ledger import export

Rows = list[dict[str, Any]]


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """Everything held about you. `*_at` and `until_at` are Unix milliseconds; ids are those of the other requests."""

    exported_at: int
    not_included: dict[str, str]
    """What refers to you and is withheld, by table and column, each with the reason."""
    sections: dict[str, Rows]
    """The rows that are kept about you, by what they are about."""


async def show(desk: Desk, call: Call[None]) -> Export:
    """Get everything that is held about you, as one document."""
    await desk.limits.exports.spend(call.user)
    return Export(
        exported_at=desk.clock.now(),
        not_included=export.WITHHELD,
        sections=await desk.records.export(call.user),
    )
