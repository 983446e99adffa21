"""The OpenAPI 3.1 document, generated from the table of routes and the types that validate."""

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from matchmaker.domain.errors import (
    Banned,
    Forbidden,
    Invalid,
    MalformedRequest,
    NotFound,
    RateLimited,
    RequestError,
    Unauthenticated,
    Unavailable,
)
from server.domain.share_codes import REFERRAL_LENGTH, TYPED_FACTOR
from server.http.account.credentials import PASSWORD_HEADER
from server.http.application import PACED, PROBES, UNPACED
from server.http.body import READING
from server.http.errors import STATUS, ErrorResponse, status_of
from server.http.moderation.reports import ReportRequest
from server.http.people.channels import Marks
from server.http.route import Route
from signaling.wire.channel_frames import ONE_MARK
from signaling.wire.errors import InternalError
from signaling.wire.examples import example
from signaling.wire.meeting import Meeting
from signaling.wire.schema import N_NEEDS_CHANNEL, REF, at_most_one, components, portable

Json = dict[str, Any]
_LINK_CODE: Json = {
    "type": "string",
    "minLength": 1,
    "maxLength": TYPED_FACTOR * REFERRAL_LENGTH,
    "description": f"{REFERRAL_LENGTH} characters; capitals, spaces and hyphens do not matter",
}
_TEXT_PARAMETERS: dict[str, Json] = {
    "code": _LINK_CODE,
    "token": {"type": "string", "minLength": 1, "description": "from the link of an e-mail"},
}
TAGS = {
    "auth": "Sign-up, log-in and log-out",
    "me": "The user's own account",
    "export": "The user's own data",
    "letters": "Passwords and verification of e-mail addresses",
    "sessions": "Login sessions",
    "history": "Past conversations",
    "cooldowns": "Users that are not matched again before a time",
    "blocks": "Users that are never matched",
    "notification_settings": "Notification settings",
    "friends": "Users who met and stay in touch",
    "inbox": "Conversations",
    "dms": "Conversations of two friends",
    "channels": "Conversations: members and messages",
    "search": "Finding messages",
    "attachments": "Files of messages and avatars",
    "uploads": "Where files are uploaded",
    "files": "Downloads of files",
    "reports": "Reports about other users, and appeals against a ban",
    "moderation": "For moderators: reports, bans, appeals",
    "operators": "For moderators: users, and undeliverable e-mail",
    "oversight": "For moderators: statistics, banned networks, the audit log",
    "ice": "How two browsers reach each other",
    "health": "For operators",
    "documents": "For programs",
}


def document(table: Sequence[Route], version: str) -> Json:
    """Return the description of every route of *table*."""
    read = {route.body for route in table if route.body}
    schemas = components(
        read, written={route.answer for route in table if isinstance(route.answer, type)} | {ErrorResponse}
    )
    schemas[Marks.__name__] |= ONE_MARK
    schemas[ReportRequest.__name__] |= at_most_one(Meeting.__struct_fields__) | N_NEEDS_CHANNEL
    paths: dict[str, Json] = {}
    for route in table:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    tidy = {name: _tidy(schema) for name, schema in sorted(schemas.items())}
    _add_examples(paths, tidy)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rondo",
            "version": version,
            "summary": "Video roulette: accounts, history, and what a browser needs for a call",
            "description": "Instants (`*_at`) are Unix milliseconds. An integer is written without a fraction or an"
            " exponent. The conversation itself is in /asyncapi.json.",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": tidy,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "From sign-up or log-in"}},
        },
    }


def _add_examples(paths: Json, schemas: Json) -> None:
    """Add an example to every body, and to every answer that is not an error."""
    for operation in (operation for item in paths.values() for operation in item.values()):
        done = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        for holder in (operation.get("requestBody", {}), *done):
            for content in holder.get("content", {}).values():
                if "schema" in content:
                    content["example"] = example(content["schema"], schemas)


def _operation(route: Route) -> Json:
    handler = route.handler
    tag = handler.__module__.rpartition(".")[2]
    operation: Json = {
        "operationId": f"{tag}_{getattr(handler, '__name__', '')}",
        "summary": (inspect.getdoc(handler) or "").split("\n")[0],
        "tags": [tag],
        "responses": {str(route.status if route.answer else 204): _answer(route), **_failures(_refusals(route))},
    }
    if parameters := [*_path_parameters(route.path), *_query_parameters(route.query), *_headers(route)]:
        operation["parameters"] = parameters
    if route.body:
        operation["requestBody"] = {"required": True, "content": _json(_reference(route.body))}
    if route.open:
        operation["security"] = []
    return operation


def _answer(route: Route) -> Json:
    if route.answer is None:
        return {"description": "Done; there is nothing to say"}
    if isinstance(route.answer, str):
        return {"description": "The document", "content": {route.answer: {}}}
    return {"description": inspect.getdoc(route.answer) or "", "content": _json(_reference(route.answer))}


def _refusals(route: Route) -> Iterable[type[RequestError]]:
    """Yield the possible errors: of this route, of every body, path or token, and of every request."""
    yield from route.refuses
    yield from (MalformedRequest, Invalid, Unauthenticated)  # unreadable request or header
    if route.path not in PROBES:
        yield Banned  # the address
    if route.path.startswith(PACED) and route.path not in UNPACED:
        yield RateLimited
    if not route.open:
        yield Unavailable
    if route.staff:
        yield from (Forbidden, NotFound)  # not found: only a program on this machine may ask
    if route.body:
        yield from (*READING, Unavailable)
    if "{" in route.path:
        yield NotFound
    yield InternalError


def _failures(refusals: Iterable[type[RequestError]]) -> Json:
    by_status: dict[int, dict[str, str]] = {}
    for kind in refusals:
        by_status.setdefault(status_of(kind), {})[kind.code] = inspect.getdoc(kind) or ""
    return {str(status): _failure(status, by_status[status]) for status in sorted(by_status)}


def _failure(status: int, codes: Mapping[str, str]) -> Json:
    told = " ".join(f"`{code}`: {' '.join(text.split())}" for code, text in sorted(codes.items()))
    response: Json = {"description": told, "content": _json(_reference(ErrorResponse))}
    if status == STATUS[RateLimited.code]:
        response["headers"] = {"Retry-After": {"description": "whole seconds", "schema": {"type": "integer"}}}
    return response


def _path_parameters(path: str) -> Iterable[Json]:
    for name in re.findall(r"{(\w+)}", path):
        schema = _TEXT_PARAMETERS.get(name, {"type": "string", "format": "uuid"})
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(kind: type[msgspec.Struct] | None) -> Iterable[Json]:
    if kind is None:
        return
    schema = portable(msgspec.json.schema(kind)["$defs"][kind.__name__])
    for name, value in schema["properties"].items():
        yield {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": value}


def _headers(route: Route) -> Iterable[Json]:
    if route.password:
        text = "Password of a permanent account, UTF-8 and percent-encoded; a guest has none"
        yield {
            "name": PASSWORD_HEADER,
            "in": "header",
            "required": False,
            "description": text,
            "schema": {"type": "string"},
        }


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _reference(kind: type) -> Json:
    return {"$ref": REF.format(name=kind.__name__)}


def _tidy(schema: Json) -> Json:
    """Return *schema* with its fixed values required: they must be written, whatever the type's default."""
    fixed = [name for name, value in schema.get("properties", {}).items() if "const" in value]
    required = dict.fromkeys([*schema.get("required", ()), *fixed])
    return {**schema, "required": list(required)} if fixed else schema
