"""The store of files: a bucket is written to, and keeps nothing of it."""

from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from server.doctor.file_storage import examine
from server.doctor.finding import Finding
from tests.doctor.conftest import settings

ACCESS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


async def tried(endpoint: str, bucket: str) -> Finding:
    (found,) = await examine(
        settings(
            RONDO_ATTACHMENTS="s3",
            RONDO_S3_ENDPOINT=endpoint,
            RONDO_S3_BUCKET=bucket,
            RONDO_S3_KEY="key",
            RONDO_S3_SECRET="secret",
        )
    )
    return found


async def test_working_bucket_keeps_nothing(endpoint: str) -> None:
    client = boto3.client("s3", endpoint_url=endpoint, **ACCESS)
    # All servers of moto in one process share their buckets, and other tests have one named rondo.
    client.create_bucket(Bucket="doctor")
    assert (await tried(endpoint, "doctor")).state == "ok"
    assert client.list_objects_v2(Bucket="doctor")["KeyCount"] == 0


async def test_missing_bucket(endpoint: str) -> None:
    found = await tried(endpoint, "elsewhere")
    assert (found.state, "NoSuchBucket" in found.found, "RONDO_S3_BUCKET" in found.remedy) == ("fail", True, True)


async def test_unreachable_store(closed_port: int) -> None:
    found = await tried(f"http://127.0.0.1:{closed_port}", "rondo")
    assert (found.state, "RONDO_S3_ENDPOINT" in found.remedy) == ("fail", True)


async def test_folder_and_no_files() -> None:
    for environ, state in (({}, "ok"), ({"RONDO_FRIENDS": "off"}, "skip"), ({"RONDO_ATTACHMENTS": "off"}, "skip")):
        (found,) = await examine(settings(**environ))
        assert found.state == state, environ
