"""`make types`: writes web/client/wire.d.ts, the contract as TypeScript, from the documents of the server."""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from server.config.version import VERSION
from server.http import openapi
from server.http.routes import ROUTES
from signaling.wire import asyncapi

TARGET = Path(__file__).parent / "web" / "client" / "wire.d.ts"
Json = Mapping[str, Any]
HEAD = """\
// Written by `make types` from /asyncapi.json and /openapi.json. Do not edit.
// `Wire` and `Http` are the schemas of the two documents; the maps below them say where each is used.
"""
PRIMITIVES = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
    "object": "{ [key: string]: unknown }",
    "array": "unknown[]",
}


def main(command: str) -> None:
    """Write the file, or with `check` exit with a line if it is outdated."""
    text = render(asyncapi.document(VERSION), openapi.document(ROUTES, VERSION))
    if command != "check":
        TARGET.write_text(text)
    elif not TARGET.exists() or TARGET.read_text() != text:
        sys.exit(f"{TARGET.name} is not what /asyncapi.json and /openapi.json say: make types")


def render(socket: Json, http: Json) -> str:
    """Return the declarations for both documents."""
    return "\n".join(
        [
            HEAD,
            _namespace("Wire", socket["components"]["schemas"]),
            _namespace("Http", http["components"]["schemas"]),
            _requests(socket),
            _events(socket),
            _routes(http),
            "export type ErrorCode = Wire.ErrorFrame['code'];\n",
        ]
    )


def _namespace(name: str, schemas: Json) -> str:
    declarations = [_declaration(kind, schema) for kind, schema in sorted(schemas.items())]
    return f"export declare namespace {name} {{\n" + _indented("\n".join(declarations).rstrip()) + "\n}\n"


def _declaration(name: str, schema: Json) -> str:
    head = _comment(schema.get("description"))
    if "properties" in schema:
        return f"{head}export interface {name} {_object(schema)}\n"
    return f"{head}export type {name} = {_type(schema)};\n"


def _object(schema: Json) -> str:
    required = schema.get("required", ())
    fields = [
        f"{_comment(field.get('description'))}{_key(name)}{'' if name in required else '?'}: {_type(field)};"
        for name, field in schema["properties"].items()
    ]
    return "{\n" + "\n".join(_indented(field) for field in fields) + "\n}" if fields else "{}"


def _type(schema: Json, space: str = "") -> str:
    """Return *schema* as a type; *space* is the prefix of referenced names."""
    if "$ref" in schema:
        return space + str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    for union in ("anyOf", "oneOf"):
        if union in schema and "properties" not in schema:
            return " | ".join(dict.fromkeys(_type(one, space) for one in schema[union]))
    if "properties" in schema:
        return _object(schema)
    kind = schema.get("type", "unknown")
    if isinstance(kind, list):
        return " | ".join(_type({**schema, "type": one}, space) for one in kind)
    if kind == "array" and isinstance(schema.get("items"), dict):
        item = _type(schema["items"], space)
        return f"({item})[]" if " | " in item else f"{item}[]"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        names = schema.get("propertyNames", {}).get("enum")
        key = f"key in {' | '.join(map(json.dumps, names))}]?" if names else "key: string]"
        return f"{{ [{key}: {_type(schema['additionalProperties'], space)} }}"
    return PRIMITIVES.get(kind, "unknown")


def _requests(socket: Json) -> str:
    rows = []
    for name, operation in socket["operations"].items():
        if operation["action"] != "receive":
            continue
        message = socket["components"]["messages"][name]
        reply = _last(operation["reply"]["messages"][0]["$ref"])
        rows.append((message["name"], message["summary"], f"{{ frame: Wire.{name}; reply: Wire.{reply} }}"))
    return _map("Requests", "Frames that a client sends, by `type`, and what each is answered by.", rows)


def _events(socket: Json) -> str:
    names = [_last(one["$ref"]) for one in socket["operations"]["Events"]["messages"]]
    messages = socket["components"]["messages"]
    rows = [(messages[name]["name"], messages[name]["summary"], f"Wire.{name}") for name in names]
    return _map("Events", "What the server tells without being asked, by `type`.", rows)


def _routes(http: Json) -> str:
    rows = [
        (f"{verb.upper()} {path}", operation["summary"], _route(operation))
        for path, item in http["paths"].items()
        for verb, operation in item.items()
    ]
    return _map("Routes", "Every HTTP resource: what goes in, and what comes out when all is well.", rows)


def _route(operation: Json) -> str:
    parts = []
    query = [one for one in operation.get("parameters", ()) if one["in"] == "query"]
    if query:
        fields = [f"{one['name']}{'' if one['required'] else '?'}: {_type(one['schema'], 'Http.')}" for one in query]
        parts.append(f"query: {{ {'; '.join(fields)} }}")
    if "requestBody" in operation:
        parts.append(f"body: {_content(operation['requestBody'])}")
    done = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    parts.append(f"answer: {_content(done)}")
    return "{ " + "; ".join(parts) + " }"


def _content(holder: Json) -> str:
    for kind, content in holder.get("content", {}).items():
        if schema := content.get("schema"):
            return _type(schema, "Http.")
        return "unknown" if kind == "application/json" else "string"
    return "null"


def _map(name: str, about: str, rows: Iterable[tuple[str, str, str]]) -> str:
    fields = [_indented(f"{_comment(text)}{_key(key)}: {value};") for key, text, value in rows]
    return f"/** {about} */\nexport interface {name} {{\n" + "\n".join(fields) + "\n}\n"


def _comment(text: str | None) -> str:
    return f"/** {' '.join(text.split())} */\n" if text else ""


def _key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name)


def _last(ref: str) -> str:
    return ref.rpartition("/")[2]


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" if line else line for line in text.split("\n"))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "write")
