"""Shift all instants of a record, from the steady clock of a process to another clock and back."""

from typing import Any, Final, TypeVar

import msgspec

from matchmaker.domain.timing import FOREVER

Value = TypeVar("Value")

_NAMES: Final = frozenset(("at", "until", "connect_by", "deadline", "rooms_due"))
_ENDINGS: Final = ("_at", "_until")


def is_instant(name: str) -> bool:
    """Return whether an integer field of this name is an instant in Unix milliseconds."""
    return name in _NAMES or name.endswith(_ENDINGS)


def shifted(value: Value, ms: int) -> Value:
    """Return *value*, a struct or a sequence of structs, with every instant in it *ms* later.

    A value without instants is returned as the same object, and so is every value if *ms* is 0. Mappings are not
    changed.
    """
    return _shifted(value, ms) if ms else value


def _shifted(value: Any, ms: int) -> Any:
    if isinstance(value, msgspec.Struct):
        changes = {}
        for name in value.__struct_fields__:
            old = getattr(value, name)
            new = _later(old, ms) if type(old) is int and is_instant(name) else _shifted(old, ms)
            if new is not old:
                changes[name] = new
        return msgspec.structs.replace(value, **changes) if changes else value
    if type(value) in (tuple, list):
        items = [_shifted(item, ms) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else type(value)(items)
    return value


def _later(at: int, ms: int) -> int:
    return at if at >= FOREVER else at + ms
