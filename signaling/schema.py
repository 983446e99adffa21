"""JSON Schema of the types that validate, as other programs read it."""

from collections.abc import Iterable
from itertools import combinations
from typing import Any, Final

import msgspec

REF: Final = "#/components/schemas/{name}"


def components(kinds: Iterable[type]) -> dict[str, Any]:
    """Return the schemas of *kinds* and of what they are made of, by name."""
    _, schemas = msgspec.json.schema_components(list(kinds), ref_template=REF)
    return {name: portable(schema) for name, schema in schemas.items()}


def at_most_one(names: Iterable[str]) -> dict[str, Any]:
    """Return the schema of an object of whose fields *names* no two have a text."""
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
