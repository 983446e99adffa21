"""Files of messages and avatars: permission, upload, completion and links."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Literal

import msgspec
from aiohttp import hdrs, web
from msgspec import Meta

from matchmaker.domain.errors import (
    AccountRequired,
    Invalid,
    LimitReached,
    MalformedRequest,
    NotFound,
    RequestError,
    TooLarge,
    Unavailable,
)
from server.domain.people.files import Purpose, disposition
from server.http.errors import response_for
from server.http.people.channels import insist_on_account
from server.http.route import RequestContext
from server.http.services import HttpServices
from server.people.files.store_local import LocalStore
from signaling.wire.channel_models import AttachmentObject

PERMIT = (AccountRequired, NotFound, Invalid, LimitReached, TooLarge, Unavailable)
COMPLETE = (NotFound, Invalid, Unavailable)
SHOW = (NotFound, Unavailable)
UPLOAD = (NotFound, Invalid, TooLarge, Unavailable)
POLICY = "sandbox; default-src 'none'"

_Signature = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
_Instant = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class NewFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that you want to upload, and its purpose."""

    purpose: Purpose
    name: Annotated[str, Meta(min_length=1, max_length=255, description="of the file; a path is left out")]
    bytes: Annotated[int, Meta(ge=1, le=2**40, description="exactly how many it has")]
    media_type: Annotated[
        str,
        Meta(
            max_length=80,
            description="image/jpeg, image/png, image/webp, image/gif; of a message application/pdf and text/plain too",
        ),
    ]


class UploadObject(msgspec.Struct, frozen=True, kw_only=True):
    """The request that uploads the file: with these headers, without a token."""

    method: Literal["PUT"]
    url: str
    headers: dict[str, str]
    expires_at: int


class Permitted(msgspec.Struct, frozen=True, kw_only=True):
    """Upload the file, then complete it."""

    attachment_id: str
    upload: UploadObject


class AttachmentShown(msgspec.Struct, frozen=True, kw_only=True):
    """The file, checked and stored; send its id with a message within the hour."""

    attachment: AttachmentObject


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """Its URL until then."""

    url: str
    expires_at: int


class UploadQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The permission, as written in the URL."""

    bytes: Annotated[int, Meta(ge=1, le=2**40)]
    until: _Instant
    sig: _Signature


class LinkQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The link, as written in the URL."""

    until: _Instant
    sig: _Signature


async def permit(services: HttpServices, call: RequestContext[NewFile]) -> Permitted:
    """Ask for the permission to upload a file."""
    await insist_on_account(services, call.user)
    body = call.body
    given = await services.channels.files.permit(
        call.user, body.purpose, name=body.name, media_type=body.media_type, size=body.bytes
    )
    upload = UploadObject(
        method="PUT", url=given.upload.url, headers=dict(given.upload.headers), expires_at=given.expires_at
    )
    return Permitted(attachment_id=given.attachment_id, upload=upload)


async def complete(services: HttpServices, call: RequestContext[None]) -> AttachmentShown:
    """Have an uploaded file checked and stored. Idempotent."""
    attachment = await services.channels.files.complete(call.user, call.name("attachment_id"))
    return AttachmentShown(attachment=attachment)


async def show(services: HttpServices, call: RequestContext[None]) -> Located:
    """Get a link to a file of yours or a friend's."""
    url, expires_at = await services.channels.files.show(call.user, call.name("attachment_id"))
    return Located(url=url, expires_at=expires_at)


async def upload(services: HttpServices, call: RequestContext[UploadQuery]) -> web.StreamResponse:
    """Upload a file with the permission in the URL; another file is refused before its body is read."""
    try:
        store, attachment_id, request = _local(services), call.name("attachment_id"), call.request
        store.check_upload(
            attachment_id,
            size=call.body.bytes,
            media_type=request.headers.get(hdrs.CONTENT_TYPE, ""),
            until=call.body.until,
            signature=call.body.sig,
            now=services.clock.now(),
        )
        if request.content_length is None:
            raise Invalid("Content-Length", "send the size that was permitted")
        if request.content_length > call.body.bytes:
            raise TooLarge(f"more than the {call.body.bytes} bytes that were permitted")
        if request.content_length < call.body.bytes:
            raise Invalid("Content-Length", f"not the {call.body.bytes} bytes that were permitted")
        await store.receive(attachment_id, _chunks(request, services.settings.body_timeout_s), size=call.body.bytes)
    except RequestError as refusal:
        response = response_for(refusal)
        response.force_close()  # The rest of the body is not read.
        return response
    return web.Response(status=204)


async def serve(services: HttpServices, call: RequestContext[LinkQuery]) -> web.StreamResponse:
    """Get a file by a link."""
    attachment_id = call.name("attachment_id")
    path = _local(services).check_link(
        attachment_id, until=call.body.until, signature=call.body.sig, now=services.clock.now()
    )
    name, media_type = await services.channels.files.served(attachment_id)
    if not path.is_file():
        raise NotFound("there is no such file")
    kind = f"{media_type}; charset=utf-8" if media_type == "text/plain" else media_type
    return web.FileResponse(
        path,
        headers={
            hdrs.CONTENT_TYPE: kind,
            hdrs.CONTENT_DISPOSITION: disposition(name, media_type),
            "Content-Security-Policy": POLICY,
            "Cross-Origin-Resource-Policy": "same-site",
            hdrs.CACHE_CONTROL: "private, max-age=300",
        },
    )


def _local(services: HttpServices) -> LocalStore:
    store = services.channels.store
    if not isinstance(store, LocalStore):
        raise NotFound("there is nothing here")
    return store


async def _chunks(request: web.Request, patience_s: float) -> AsyncIterator[bytes]:
    """Yield the body as it arrives; a client that sends nothing for the timeout is refused."""
    while True:
        try:
            async with asyncio.timeout(patience_s):
                chunk = await request.content.readany()
        except TimeoutError:
            raise MalformedRequest("the body did not come in time", "body") from None
        except web.RequestPayloadError:
            raise MalformedRequest("the body is not framed as its headers say", "body") from None
        if not chunk:
            return
        yield chunk
