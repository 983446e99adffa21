"""Files in a bucket: against moto's server, the only S3-compatible store in the registries."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import boto3
import msgspec
import pytest
from moto.server import ThreadedMotoServer

from matchmaker.domain.errors import Unavailable
from server.app import App
from server.config.settings import Settings
from server.db.pool import Pool
from server.people.files.store_s3 import S3Store
from tests.people.conftest import Users, code_of
from tests.people.pictures import picture
from tests.people.test_files import permit
from tests.support.client import Person

NAME = "0193f3a0-0000-7000-8000-000000000000"
ACCESS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "eu-central-1"}


class Bucket:
    """A bucket whose server can be stopped and started again on the same port; it keeps its objects."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
        self._server.start()
        self._port = self._server.get_host_and_port()[1]
        self.endpoint = f"http://127.0.0.1:{self._port}"
        self.client = boto3.client("s3", endpoint_url=self.endpoint, **ACCESS)
        self.client.create_bucket(Bucket="rondo", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})

    def start(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self._port)
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def keys(self) -> set[str]:
        return {one["Key"] for one in self.client.list_objects_v2(Bucket="rondo").get("Contents", ())}


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    bucket = Bucket()
    yield bucket
    bucket.stop()


@pytest.fixture
def settings(settings: Settings, bucket: Bucket) -> Settings:
    return msgspec.structs.replace(
        settings,
        rate_limits=False,
        attachments="s3",
        s3_endpoint=bucket.endpoint,
        s3_bucket="rondo",
        s3_region="eu-central-1",
        s3_key="key",
        s3_secret="secret",
    )


@pytest.fixture
async def store(bucket: Bucket) -> AsyncIterator[S3Store]:
    store = S3Store(endpoint=bucket.endpoint, bucket="rondo", region="eu-central-1", key="key", secret="secret")
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
    calls = (store.read_upload(NAME, limit=1), store.keep(NAME, b"x", "text/plain"), store.delete(NAME))
    refused = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(one) for one in refused} == {Unavailable}
    await store.close()


async def put(user: Person, permitted: dict[str, Any], data: bytes) -> int:
    """Upload to the URL of a permission, as a client does; the client computes the length itself."""
    headers = {"Content-Type": permitted["upload"]["headers"]["Content-Type"]}
    async with user.http.put(permitted["upload"]["url"], data=data, headers=headers) as answer:
        return answer.status


async def test_store_that_is_away_stops_files_only_and_loses_none(
    friends: Users, app: App, pool: Pool, bucket: Bucket
) -> None:
    ada, bob = await friends("Ada", "Bob")
    dm = (await ada.call("PUT", f"/v1/dms/{bob.user_id}"))["channel"]["channel_id"]
    data = picture()
    names = []
    for number in range(2):
        permitted = await permit(ada, data)
        assert await put(ada, permitted, data) == 200
        names.append(permitted["attachment_id"])
        if number == 0:
            await ada.call("POST", f"/v1/attachments/{names[0]}/complete")
    sent, waiting = names
    await ada.ask("channel.send", channel_id=dm, client_id="1", attachment_ids=[sent])

    bucket.stop()
    with pytest.raises(aiohttp.ClientConnectionError):
        await put(ada, await permit(ada, data), data)  # the permission needs no bucket
    refused, swept = await asyncio.gather(
        code_of(ada.call("POST", f"/v1/attachments/{waiting}/complete")),
        _delete_and_sweep(ada, dm, app, pool),
    )
    assert (refused, swept) == ("unavailable", 0)
    assert await code_of(bob.call("GET", f"/v1/attachments/{sent}")) == "not_found"  # deleted, whatever the bucket has
    assert (await ada.ask("channel.send", channel_id=dm, client_id="2", body="hello"))["message"]["n"] == 2

    bucket.start()
    await ada.call("POST", f"/v1/attachments/{waiting}/complete")
    assert await app.people.channels.files.sweep() == 1
    assert bucket.keys() == {f"files/{waiting}"}
    await ada.ask("channel.send", channel_id=dm, client_id="3", attachment_ids=[waiting])
    async with bob.http.get((await bob.call("GET", f"/v1/attachments/{waiting}"))["url"]) as answer:
        assert (answer.status, answer.content_type) == (200, "image/png")


async def _delete_and_sweep(user: Person, channel_id: str, app: App, pool: Pool) -> int:
    """Delete a message, and sweep as if its file had been deleted two hours ago."""
    await user.call("DELETE", f"/v1/channels/{channel_id}/messages/1")
    await pool.execute("UPDATE attachments SET until_at = now() - interval '2 hours' WHERE channel_id IS NOT NULL")
    return await app.people.channels.files.sweep()


async def test_larger_upload_than_permitted_is_refused_on_completion(friends: Users) -> None:
    (ada,) = await friends("Ada")
    permitted = await permit(ada, b"", "text/plain", size=1_000_000)
    await put(ada, permitted, b"x" * 11_000_000)  # this store does not check what was signed
    assert await code_of(ada.call("POST", f"/v1/attachments/{permitted['attachment_id']}/complete")) == "invalid"
