"""A section of the export of a user's data: the rows of one table."""

import msgspec


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One table of the export. `x` stands for the table, `$1` for the user."""

    table: str
    where: str
    hide: frozenset[str] = frozenset()
    """Columns that are left out: keys to the account, and secrets of others."""
    also: str = ""
    """Columns read from other tables beside the row."""
    join: str = ""
    order: str = ""
