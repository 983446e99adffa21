"""Files in a bucket: against moto's server, the only S3-compatible store in the registries."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import boto3
import pytest
from moto.server import ThreadedMotoServer

from matchmaker.domain.errors import Unavailable
from server.people.files.store_s3 import S3Store

NAME = "0193f3a0-0000-7000-8000-000000000000"
ACCESS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "eu-central-1"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    boto3.client("s3", endpoint_url=url, **ACCESS).create_bucket(
        Bucket="rondo", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    yield url
    server.stop()


@pytest.fixture
async def store(endpoint: str) -> AsyncIterator[S3Store]:
    store = S3Store(endpoint=endpoint, bucket="rondo", region="eu-central-1", key="key", secret="secret")
    yield store
    await store.close()


async def test_file_in_a_bucket_with_signed_size_and_type(store: S3Store) -> None:
    permitted = store.permit(NAME, size=5, media_type="text/plain", now=0, lifetime_ms=600_000)
    assert permitted.headers == {"Content-Type": "text/plain", "Content-Length": "5"}
    query = dict(part.split("=", 1) for part in permitted.url.split("?")[1].split("&"))
    assert query["X-Amz-SignedHeaders"] == "content-length%3Bcontent-type%3Bhost"
    assert query["X-Amz-Expires"] == "600"
    async with aiohttp.ClientSession() as http:
        async with http.put(permitted.url, data=b"hello", headers={"Content-Type": "text/plain"}) as answer:
            assert answer.status == 200
        assert await store.read_upload(NAME, limit=3) == b"hell"
        assert await store.read_upload(NAME, limit=5) == b"hello"
        await store.keep(NAME, b"hello", "text/plain")
        assert await store.read_upload(NAME, limit=5) is None
        link = store.link(NAME, name="grüße.txt", media_type="text/plain", now=0, lifetime_ms=300_000)
        async with http.get(link) as answer:
            assert (answer.status, await answer.read()) == (200, b"hello")
            assert answer.headers["Content-Disposition"].startswith('attachment; filename="gr__e.txt"')
        await store.delete(NAME)
        await store.delete(NAME)
        async with http.get(link) as answer:
            assert answer.status in (403, 404)


async def test_unreachable_store_is_unavailable() -> None:
    store = S3Store(endpoint="http://127.0.0.1:1", bucket="rondo", region="x", key="key", secret="secret")
    for call in (store.read_upload(NAME, limit=1), store.keep(NAME, b"x", "text/plain"), store.delete(NAME)):
        with pytest.raises(Unavailable):
            await call
    await store.close()
