"""Files in a bucket of an S3-compatible store. Uploads and links are presigned; size and type are signed headers."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import botocore.session
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from matchmaker.domain.errors import Unavailable
from server.domain.people.files import disposition
from server.people.files.store import Upload

CONNECT_S = 3
READ_S = 10
ATTEMPTS = 2
MISSING = ("404", "NoSuchKey", "NotFound")


class S3Store:
    """Keeps files in *bucket*: uploads under `incoming/`, checked ones under `files/`."""

    def __init__(self, *, endpoint: str | None, bucket: str, region: str, key: str, secret: str) -> None:
        self._bucket = bucket
        self._access: dict[str, Any] = {
            "endpoint_url": endpoint,
            "region_name": region,
            "aws_access_key_id": key,
            "aws_secret_access_key": secret,
        }
        path = {"addressing_style": "path"} if endpoint else {}
        common: dict[str, Any] = {
            "signature_version": "s3v4",
            "s3": path,
            "connect_timeout": CONNECT_S,
            "read_timeout": READ_S,
            "retries": {"max_attempts": ATTEMPTS},
        }
        # Presigning needs no connection, so a blocking client is sufficient.
        self._signer: Any = botocore.session.get_session().create_client("s3", config=Config(**common), **self._access)
        self._config = AioConfig(**common)
        self._stack = AsyncExitStack()
        self._client: Any = None

    async def close(self) -> None:
        """Close the connections."""
        await self._stack.aclose()
        self._client = None

    def permit(self, attachment_id: str, *, size: int, media_type: str, now: int, lifetime_ms: int) -> Upload:  # noqa: ARG002
        """Return the permission to upload exactly *size* bytes for so long."""
        url: str = self._signer.generate_presigned_url(
            "put_object",
            Params={
                "Bucket": self._bucket,
                "Key": f"incoming/{attachment_id}",
                "ContentLength": size,
                "ContentType": media_type,
            },
            ExpiresIn=max(1, lifetime_ms // 1_000),
        )
        return Upload(url=url, headers={"Content-Type": media_type, "Content-Length": str(size)})

    def link(self, attachment_id: str, *, name: str, media_type: str, now: int, lifetime_ms: int) -> str:  # noqa: ARG002
        """Return a link to the file."""
        url: str = self._signer.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": f"files/{attachment_id}",
                "ResponseContentType": media_type,
                "ResponseContentDisposition": disposition(name, media_type),
            },
            ExpiresIn=max(1, lifetime_ms // 1_000),
        )
        return url

    async def read_upload(self, attachment_id: str, *, limit: int) -> bytes | None:
        """Return the uploaded bytes; None: there are none."""
        async with self._calls() as client:
            try:
                found = await client.get_object(Bucket=self._bucket, Key=f"incoming/{attachment_id}")
            except ClientError as error:
                if str(error.response.get("Error", {}).get("Code")) in MISSING:
                    return None
                raise
            async with found["Body"] as body:
                data: bytes = await body.read(limit + 1)
                return data

    async def keep(self, attachment_id: str, data: bytes, media_type: str) -> None:
        """Store a checked file, and drop its upload."""
        async with self._calls() as client:
            await client.put_object(
                Bucket=self._bucket, Key=f"files/{attachment_id}", Body=data, ContentType=media_type
            )
            await client.delete_object(Bucket=self._bucket, Key=f"incoming/{attachment_id}")

    async def delete(self, attachment_id: str) -> None:
        """Delete a file and its upload."""
        async with self._calls() as client:
            await client.delete_object(Bucket=self._bucket, Key=f"files/{attachment_id}")
            await client.delete_object(Bucket=self._bucket, Key=f"incoming/{attachment_id}")

    @asynccontextmanager
    async def _calls(self) -> AsyncIterator[Any]:
        """Yield the client; its errors become `Unavailable`."""
        try:
            if self._client is None:
                self._client = await self._stack.enter_async_context(
                    get_session().create_client("s3", config=self._config, **self._access)
                )
            yield self._client
        except (BotoCoreError, ClientError, OSError, TimeoutError) as error:
            raise Unavailable from error
