"""JSON Schema of the types that validate."""

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any, Final

import msgspec
from msgspec import inspect

REF: Final = "#/components/schemas/{name}"


def components(kinds: Iterable[type], written: Iterable[type] = ()) -> dict[str, Any]:
    """Return the schemas of *kinds* and *written* and of the types they contain, by name.

    *written*: types that the server writes and never reads. A default is written too, so that those fields are
    required.
    """
    kinds, written = list(kinds), list(written)
    _, schemas = msgspec.json.schema_components([*kinds, *written], ref_template=REF)
    named = {name: portable(schema) for name, schema in schemas.items()}
    read = {struct.cls for struct in _structs(kinds)}
    for struct in _structs(written):
        config = struct.cls.__struct_config__
        if struct.cls not in read and not config.omit_defaults and (schema := named.get(struct.cls.__name__)):
            always = [field.encode_name for field in struct.fields if field.required or _has_default(field)]
            schema["required"] = list(dict.fromkeys([*schema["required"], *always]))
    return named


def _structs(kinds: Iterable[type]) -> Iterator[inspect.StructType]:
    """Yield every struct that *kinds* contain, once."""
    found: set[type] = set()
    waiting: list[Any] = list(inspect.multi_type_info(kinds))
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, inspect.StructType):
            if kind.cls in found:
                continue
            found.add(kind.cls)
            yield kind
            waiting.extend(field.type for field in kind.fields)
        else:
            waiting.extend(getattr(kind, name) for name in ("type", "item_type", "value_type") if hasattr(kind, name))
            waiting.extend(one for name in ("types", "item_types") for one in getattr(kind, name, ()))


def _has_default(field: inspect.Field) -> bool:
    """Return whether *field* has a value when none is given; UNSET, which is not written, does not count."""
    return field.default is not msgspec.NODEFAULT or field.default_factory is not msgspec.NODEFAULT


N_NEEDS_CHANNEL: dict[str, Any] = {
    "if": {"required": ["n"], "properties": {"n": {"type": "integer"}}},
    "then": {"required": ["channel_id"], "properties": {"channel_id": {"type": "string"}}},
}
"""Of a report: the number of a message requires its channel."""


def at_most_one(names: Iterable[str]) -> dict[str, Any]:
    """Return the schema of an object in which at most one of the fields *names* has a text."""
    text = {"type": "string"}
    pairs = [{"required": list(pair), "properties": dict.fromkeys(pair, text)} for pair in combinations(names, 2)]
    return {"not": {"anyOf": pairs}}


def portable(schema: Any) -> Any:
    r"""Return *schema* with patterns of ECMA-262, as JSON Schema wants them: the end is `$`, and `\Z` is a letter."""
    if isinstance(schema, dict):
        return {
            key: value.removesuffix(r"\Z") + "$"
            if key == "pattern" and isinstance(value, str) and value.endswith(r"\Z")
            else portable(value)
            for key, value in schema.items()
        }
    return [portable(one) for one in schema] if isinstance(schema, list) else schema
