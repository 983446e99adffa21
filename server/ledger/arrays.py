"""Many rows in one statement: each column travels as one array."""

from collections.abc import Iterable, Sequence


def table(columns: str) -> str:
    """Return the SQL of a table that the parameters fill; *columns* as in CREATE TABLE: `n int, name text`."""
    names, types = zip(*(column.split() for column in columns.split(",")), strict=True)
    arrays = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(types, start=1))
    return f"SELECT * FROM unnest({arrays}) AS t ({', '.join(names)})"  # noqa: S608 - constants of this code


def columns(rows: Iterable[Sequence[object]]) -> Iterable[Sequence[object]]:
    """Return the parameters that fill such a table with *rows*, of which there must be some."""
    return zip(*rows, strict=True)
