"""A file system that is really full: uploads, pictures, avatars and exports are `unavailable`, and leave nothing."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.db.pool import Pool
from tests.people.conftest import Users, code_of
from tests.people.pictures import picture
from tests.people.test_files import permit, put, upload

DISK_KIB = 1_024
NOTE = b"a line of text\n" * 40_000  # 600 kB


MOUNT = f'mount -t tmpfs -o size={DISK_KIB}k,mode=700 tmpfs "$0" && echo mounted && exec cat'


@pytest.fixture
def disk() -> Iterator[Path]:
    """A file system of one MiB, mounted by a process in namespaces of its own, which any user may create."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["unshare", "--map-root-user", "--mount", "sh", "-c", MOUNT, folder]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            assert holder.stdin is not None
            assert holder.stdout is not None
            if holder.stdout.readline() != b"mounted\n":
                pytest.skip("needs to mount a small disk")
            yield Path(f"/proc/{holder.pid}/root{folder}")
            holder.stdin.close()


@pytest.fixture
def settings(settings: Any, disk: Path) -> Any:
    return msgspec.structs.replace(settings, attachments="local", data_dir=disk, rate_limits=False)


def fill(disk: Path, *, free_kib: int) -> Path:
    """Leave only so much free; return the file that takes the rest."""
    ballast = disk / "ballast"
    left = os.statvfs(disk)
    ballast.write_bytes(bytes(left.f_bavail * left.f_frsize - (free_kib << 10)))
    return ballast


def files(disk: Path) -> set[str]:
    return {path.name for path in (disk / "uploads").rglob("*") if path.is_file()}


async def test_upload_that_does_not_fit_is_unavailable_and_leaves_nothing(friends: Users, disk: Path) -> None:
    ada, bob = await friends("Ada", "Bob")
    dm = (await ada.call("PUT", f"/v1/dms/{bob.user_id}"))["channel"]["channel_id"]
    kept = await upload(ada, b"kept", "text/plain")
    permitted = await permit(ada, NOTE, "text/plain")
    ballast = fill(disk, free_kib=300)
    assert await put(ada, permitted["upload"], NOTE) == 503
    assert files(disk) == {kept["attachment_id"]}
    sent = await ada.ask("channel.send", channel_id=dm, client_id="1", attachment_ids=[kept["attachment_id"]])
    async with bob.http.get(
        bob.base + (await bob.receive("channel.message"))["message"]["attachments"][0]["url"]
    ) as got:
        assert (sent["message"]["n"], await got.read()) == (1, b"kept")
    ballast.unlink()
    assert await put(ada, permitted["upload"], NOTE) == 204


async def test_file_that_cannot_be_kept_stays_uploaded_until_there_is_space(friends: Users, disk: Path) -> None:
    (ada,) = await friends("Ada")
    for purpose, data, kind in (
        ("message", NOTE, "text/plain"),
        ("message", picture(size=(400, 300)), "image/png"),
        ("avatar", picture(size=(400, 300)), "image/png"),
    ):
        permitted = await permit(ada, data, kind, purpose=purpose)
        name = permitted["attachment_id"]
        assert await put(ada, permitted["upload"], data) == 204
        before = files(disk)
        ballast = fill(disk, free_kib=0)
        assert await code_of(ada.call("POST", f"/v1/attachments/{name}/complete")) == "unavailable"
        assert files(disk) == before
        ballast.unlink()
        if purpose == "message" and kind == "text/plain":
            continue  # twice this does not fit
        attachment = (await ada.call("POST", f"/v1/attachments/{name}/complete"))["attachment"]
        assert attachment["attachment_id"] == name
        if purpose == "avatar":
            assert (await ada.call("PATCH", "/v1/me", {"avatar_id": name}))["avatar_id"] == name


async def test_export_that_does_not_fit_is_unavailable(
    friends: Users, pool: Pool, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = await friends("Ada", "Bob")
    dm = (await ada.call("PUT", f"/v1/dms/{bob.user_id}"))["channel"]["channel_id"]
    await pool.execute(
        """INSERT INTO channel_messages (channel_id, n, sender_id, client_id, body, sent_at)
           SELECT $1::uuid, x, $2::uuid, x::text, repeat('x', 2000), now() FROM generate_series(1, 2000) AS x""",
        dm,
        ada.user_id,
    )
    await pool.execute("UPDATE users SET password_hash = NULL")
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    assert await code_of(ada.call("GET", "/v1/me/export")) == "unavailable"
    monkeypatch.undo()
    async with ada.http.get(f"{ada.base}/v1/me/export", headers={"Authorization": f"Bearer {ada.token}"}) as answer:
        assert (await answer.read()).count(b"x" * 2_000) == 2_000
