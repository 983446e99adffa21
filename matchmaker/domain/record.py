"""Versioned records: values that are replaced whole by compare-and-set."""

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A value with a version. The store raises the version by one at every commit."""

    version: int = 0
    """0 until it is first stored."""
