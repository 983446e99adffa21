"""Files: permission, upload, re-encoding, who may see them, hostile files, quota and expiry, with a local folder."""

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from structlog.testing import capture_logs

from matchmaker.domain.errors import Invalid, NotFound, TooLarge
from matchmaker.domain.ids import UserId
from server.app import App
from server.db.pool import Pool
from server.domain.people.files import clean_name, disposition, type_of
from server.people.files.pictures import Pictures
from server.people.files.service import FileService
from signaling.wire.channel_models import AttachmentObject
from tests.people.conftest import Users, code_of
from tests.people.pictures import bomb, located_jpeg, picture
from tests.support.client import Person, Refused


@pytest.fixture
def settings(settings: Any, tmp_path: Path) -> Any:
    import msgspec  # noqa: PLC0415

    return msgspec.structs.replace(settings, attachments="local", data_dir=tmp_path)


async def permit(
    user: Person, data: bytes, media_type: str = "image/png", *, size: int | None = None, **fields: Any
) -> dict[str, Any]:
    body = {"purpose": "message", "name": "a.png", "bytes": size or len(data), "media_type": media_type} | fields
    answer: dict[str, Any] = await user.call("POST", "/v1/attachments", body)
    return answer


async def put(user: Person, upload: dict[str, Any], data: bytes, **headers: str) -> int:
    async with user.http.put(user.base + upload["url"], data=data, headers=upload["headers"] | headers) as response:
        return response.status


async def upload(user: Person, data: bytes, media_type: str = "image/png", **fields: Any) -> dict[str, Any]:
    permitted = await permit(user, data, media_type, **fields)
    assert await put(user, permitted["upload"], data) == 204
    answer = await user.call("POST", f"/v1/attachments/{permitted['attachment_id']}/complete")
    attachment: dict[str, Any] = answer["attachment"]
    return attachment


async def fetch(user: Person, url: str) -> tuple[int, Any, bytes]:
    async with user.http.get(user.base + url) as response:
        return response.status, response.headers, await response.read()


async def test_picture_reaches_a_friend_without_metadata_and_not_after_an_unfriend(friends: Users) -> None:
    ada, bob, cat = await friends("Ada", "Bob", "Cat")
    dm = (await ada.call("PUT", f"/v1/dms/{bob.user_id}"))["channel"]["channel_id"]
    photo = await upload(ada, located_jpeg(), "image/jpeg", name="../../etc/pass\x00wd\u202egpj.jpg")
    assert (photo["name"], photo["media_type"], photo["width"], photo["height"]) == (
        "passwdgpj.jpg",
        "image/jpeg",
        200,
        300,
    )
    assert await code_of(bob.call("GET", f"/v1/attachments/{photo['attachment_id']}")) == "not_found"
    sent = (await ada.ask("channel.send", channel_id=dm, client_id="1", attachment_ids=[photo["attachment_id"]]))[
        "message"
    ]
    assert (sent["body"], [one["attachment_id"] for one in sent["attachments"]]) == ("", [photo["attachment_id"]])
    shown = (await bob.receive("channel.message"))["message"]["attachments"][0]
    status, headers, data = await fetch(bob, shown["url"])
    assert (status, headers["Content-Type"], headers["X-Content-Type-Options"]) == (200, "image/jpeg", "nosniff")
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Content-Disposition"].startswith("inline")
    image = Image.open(io.BytesIO(data))
    assert (image.size, dict(image.getexif()), "comment" in image.info, b"at home" in data) == (
        (200, 300),
        {},
        False,
        False,
    )
    assert (
        await code_of(ada.ask("channel.send", channel_id=dm, client_id="2", attachment_ids=[photo["attachment_id"]]))
        == "invalid"
    )
    assert await code_of(cat.call("GET", f"/v1/attachments/{photo['attachment_id']}")) == "not_found"
    located = await bob.call("GET", f"/v1/attachments/{photo['attachment_id']}")
    assert (await fetch(bob, located["url"]))[0] == 200
    for forged in (
        located["url"].replace("sig=", "sig=0"),
        located["url"][:-1] + "g",
        located["url"].replace("until=", "until=9"),
    ):
        assert (await fetch(bob, forged))[0] in (400, 404)
    await ada.call("DELETE", f"/v1/friends/{bob.user_id}", status=204)
    assert await code_of(bob.call("GET", f"/v1/attachments/{photo['attachment_id']}")) == "not_found"
    [message, *_] = (await bob.call("GET", f"/v1/channels/{dm}/messages"))["messages"]
    assert message["attachments"][0]["url"] is None
    assert (await ada.call("GET", f"/v1/channels/{dm}/messages"))["messages"][0]["attachments"][0]["url"] is not None


async def test_group_members_see_name_type_and_size_only(friends: Users, permanent: Users, pool: Pool) -> None:
    ada, bob = await friends("Ada", "Bob")
    (cat,) = await friends("Cat")
    for user in (ada,):
        await pool.execute(
            "INSERT INTO friendships VALUES (LEAST($1::uuid, $2::uuid), GREATEST($1::uuid, $2::uuid), now())",
            user.user_id,
            cat.user_id,
        )
    group = (await ada.call("POST", "/v1/channels", {"name": "G", "user_ids": [bob.user_id, cat.user_id]}))["channel"]
    text = await upload(bob, "Grüße\n".encode(), "text/plain", name="note.txt")
    await bob.ask(
        "channel.send",
        channel_id=group["channel_id"],
        client_id="1",
        body="see",
        attachment_ids=[text["attachment_id"]],
    )
    own, other = [
        next(
            event
            for event in [await user.receive("channel.message"), await user.receive("channel.message")]
            if event["message"]["kind"] == "text"
        )
        for user in (ada, cat)
    ]
    assert own["message"]["attachments"][0]["url"] is not None
    hidden = other["message"]["attachments"][0]
    assert (hidden["url"], hidden["name"], hidden["bytes"]) == (None, "note.txt", 8)
    status, headers, data = await fetch(ada, own["message"]["attachments"][0]["url"])
    assert (status, data.decode(), headers["Content-Disposition"].split(";")[0]) == (200, "Grüße\n", "attachment")


@pytest.mark.parametrize(
    ("data", "media_type", "code"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "image/png", "invalid"),
        (b"<!doctype html><script>alert(1)</script>", "text/plain", "invalid"),
        (picture("JPEG"), "image/png", "invalid"),
        (picture("PNG")[:60], "image/png", "invalid"),
        (picture("JPEG", (640, 480))[:-900], "image/jpeg", "invalid"),
        (picture("WEBP")[:-20], "image/webp", "invalid"),
        (bomb(), "image/png", "invalid"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "image/png", "invalid"),
        (b"GIF89a" + b"\xff" * 40, "image/gif", "invalid"),
        (b"MZ\x90\x00\x03 a program", "text/plain", "invalid"),
        (b"%PDF", "application/pdf", "invalid"),
    ],
    ids=[
        "svg",
        "html",
        "jpeg-as-png",
        "truncated",
        "truncated-jpeg",
        "truncated-webp",
        "bomb",
        "header-only",
        "broken-gif",
        "program",
        "no-pdf",
    ],
)
async def test_hostile_file_is_refused_on_completion(friends: Users, data: bytes, media_type: str, code: str) -> None:
    (ada,) = await friends("Ada")
    permitted = await permit(ada, data, media_type)
    assert await put(ada, permitted["upload"], data) == 204
    assert await code_of(ada.call("POST", f"/v1/attachments/{permitted['attachment_id']}/complete")) == code


async def test_size_is_part_of_the_permission_and_checked_before_the_body(friends: Users, app: App) -> None:
    ada, bob = await friends("Ada", "Bob")
    data = picture()
    permitted = await permit(ada, data, size=1_000_000)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(ada.base.rsplit(":", 1)[1]))
    path = permitted["upload"]["url"]
    writer.write(
        f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 11000000\r\n\r\n".encode()
    )
    assert (await asyncio.wait_for(reader.readline(), 8)).split()[1] == b"413"
    writer.close()
    assert await put(ada, permitted["upload"], data, **{"Content-Length": str(len(data))}) == 400
    assert await put(ada, permitted["upload"], b"x" * 1_000_000, **{"Content-Type": "image/jpeg"}) == 404
    name = permitted["attachment_id"]
    assert await code_of(ada.call("POST", f"/v1/attachments/{name}/complete")) == "invalid"
    assert await code_of(bob.call("POST", f"/v1/attachments/{name}/complete")) == "not_found"
    store = app.people.channels.store
    with pytest.raises(TooLarge):
        await store.receive(name, _chunks(b"x" * 11), size=10)  # type: ignore[union-attr]
    with pytest.raises(Invalid):
        await store.receive(name, _chunks(b"x" * 9), size=10)  # type: ignore[union-attr]
    assert await store.read_upload(name, limit=10) is None  # type: ignore[union-attr]


async def _chunks(data: bytes) -> Any:
    yield data


async def test_invalid_uploads_are_refused_by_the_permission(friends: Users, pool: Pool) -> None:
    (ada,) = await friends("Ada")
    for fields, code in (
        ({"media_type": "image/svg+xml"}, "invalid"),
        ({"media_type": "text/html"}, "invalid"),
        ({"purpose": "avatar", "media_type": "text/plain"}, "invalid"),
        ({"purpose": "other"}, "invalid"),
        ({"bytes": 0}, "invalid"),
        ({"bytes": 10_485_761}, "too_large"),
        ({"name": ""}, "invalid"),
    ):
        body = {"purpose": "message", "name": "a", "bytes": 1, "media_type": "image/png"} | fields
        assert await code_of(ada.call("POST", "/v1/attachments", body)) == code, fields
    insert = """
        INSERT INTO attachments (
            attachment_id, owner_id, purpose, status, name, media_type, bytes, sha256, created_at)
        SELECT gen_random_uuid(), $1::uuid, 'message', 'ready', 'x', 'image/png', 100000000,
            decode(repeat('00', 32), 'hex'), $2::text::timestamptz
        FROM generate_series(1, $3)"""
    unseen = {"purpose": "message", "name": "a/\u3164\u200b", "bytes": 1, "media_type": "image/png"}
    await ada.call("POST", "/v1/attachments", unseen)
    assert await pool.fetchval("DELETE FROM attachments RETURNING name") == "file"
    await pool.execute(insert, ada.user_id, "2026-01-01", 5)
    await permit(ada, b"x", size=10_000_000)
    await permit(ada, b"x", size=10_000_000)
    with pytest.raises(Refused) as refused:
        await permit(ada, b"x", size=10_000_000)
    expected = {"code": "limit_reached", "limit": "attachment_quota_bytes", "max": 524_288_000}
    assert refused.value.frame.items() >= expected.items()
    await pool.execute("DELETE FROM attachments")
    await pool.execute(insert.replace("100000000", "20000000"), ada.user_id, "now", 5)
    with pytest.raises(Refused) as refused:
        await permit(ada, b"x", size=10_000_000)
    assert refused.value.frame["limit"] == "attachment_day_bytes"


async def test_pictures_of_one_user_do_not_keep_those_of_others_waiting(friends: Users) -> None:
    ada, bob = await friends("Ada", "Bob")
    permits = [
        (user, await permit(user, data), data)
        for user, data in [(ada, picture(size=(1_500, 1_500)))] * 4 + [(bob, picture())]
    ]
    done: list[str] = []

    async def complete(user: Person, attachment_id: str) -> None:
        await user.call("POST", f"/v1/attachments/{attachment_id}/complete")
        done.append(user.name)

    async with asyncio.TaskGroup() as tasks:
        for user, permitted, data in permits:
            assert await put(user, permitted["upload"], data) == 204
        for user, permitted, _ in permits:
            tasks.create_task(complete(user, permitted["attachment_id"]))
    assert "Bob" in done[:2]


async def test_concurrent_completions_make_one_file(friends: Users, tmp_path: Path) -> None:
    (ada,) = await friends("Ada")
    data = picture("GIF")
    permitted = await permit(ada, data, "image/gif")
    assert await put(ada, permitted["upload"], data) == 204
    path = f"/v1/attachments/{permitted['attachment_id']}/complete"
    answers = await asyncio.gather(*(ada.call("POST", path) for _ in range(4)))
    shown = [{key: value for key, value in answer["attachment"].items() if key != "url"} for answer in answers]
    assert all(one == shown[0] for one in shown)
    assert shown[0]["media_type"] == "image/png"  # its first frame
    assert await put(ada, permitted["upload"], data) == 404, "bytes that no quota counts"
    assert [one.name for one in (tmp_path / "uploads" / "incoming").iterdir()] == []


async def test_avatar_is_a_square_for_friends_only(friends: Users, permanent: Users) -> None:
    ada, bob = await friends("Ada", "Bob")
    (eve,) = await permanent("Eve")
    first, second = [await upload(ada, picture("WEBP", (600, 400)), "image/webp", purpose="avatar") for _ in range(2)]
    assert (first["width"], first["height"]) == (256, 256)
    message = await upload(ada, picture())
    assert await code_of(ada.call("PATCH", "/v1/me", {"avatar_id": message["attachment_id"]})) == "invalid"
    not_his = {"avatar_id": first["attachment_id"], "display_name": "Robert", "bio": "New."}
    assert await code_of(bob.call("PATCH", "/v1/me", not_his)) == "invalid"
    me = await bob.call("GET", "/v1/me")
    assert (me["display_name"], me["bio"]) == ("Bob", ""), "what is refused changes nothing"
    await ada.call("PATCH", "/v1/me", {"avatar_id": first["attachment_id"]})
    mine = await ada.call("PATCH", "/v1/me", {"avatar_id": second["attachment_id"]})
    assert mine["avatar_id"] == (await ada.call("GET", "/v1/me"))["avatar_id"] == second["attachment_id"]
    [friend] = (await bob.call("GET", "/v1/friends"))["friends"]
    assert (await fetch(bob, friend["avatar_url"]))[0] == 200
    assert await code_of(eve.call("GET", f"/v1/attachments/{second['attachment_id']}")) == "not_found"
    assert (await bob.call("GET", f"/v1/attachments/{second['attachment_id']}"))["expires_at"] > 0
    assert await code_of(bob.call("GET", f"/v1/attachments/{first['attachment_id']}")) == "not_found"
    await ada.call("PATCH", "/v1/me", {"avatar_id": None})
    [friend] = (await bob.call("GET", "/v1/friends"))["friends"]
    assert friend["avatar_url"] is None


async def test_avatars_that_are_set_at_once_leave_one(friends: Users, pool: Pool) -> None:
    (ada,) = await friends("Ada")
    pictures = [await upload(ada, picture(size=(8, 8)), purpose="avatar") for _ in range(8)]
    await asyncio.gather(*(ada.call("PATCH", "/v1/me", {"avatar_id": one["attachment_id"]}) for one in pictures))
    kept = await pool.fetch("SELECT attachment_id::text FROM attachments WHERE until_at IS NULL")
    assert [row[0] for row in kept] == [(await ada.call("GET", "/v1/me"))["avatar_id"]]


async def test_sweep_deletes_expired_bytes_and_rows(friends: Users, app: App, pool: Pool, tmp_path: Path) -> None:
    ada, bob = await friends("Ada", "Bob")
    dm = (await ada.call("PUT", f"/v1/dms/{bob.user_id}"))["channel"]["channel_id"]
    kept, deleted, unused = [await upload(ada, picture(size=(8, 8 + number))) for number in range(3)]
    for number, file in enumerate((kept, deleted), 1):
        await ada.ask("channel.send", channel_id=dm, client_id=str(number), attachment_ids=[file["attachment_id"]])
    held = await upload(ada, picture())
    await permit(ada, picture())
    await ada.call("DELETE", f"/v1/channels/{dm}/messages/2")
    assert (await fetch(ada, deleted["url"]))[0] == 404
    await pool.execute(
        """UPDATE attachments SET until_at = until_at - interval '2 hours',
               hold_until = CASE WHEN attachment_id = $1::uuid THEN now() + interval '1 day' END
           WHERE until_at IS NOT NULL""",
        held["attachment_id"],
    )
    # One file that the store refuses to delete, before the others: it stays, and they go.
    (refused,) = (tmp_path / "uploads").rglob(deleted["attachment_id"])
    refused.rename(tmp_path / "aside")
    refused.mkdir()
    with capture_logs() as logged:
        assert await app.people.channels.files.sweep() == 2
    assert [line["count"] for line in logged if line["event"] == "files_not_deleted"] == [1]
    refused.rmdir()
    (tmp_path / "aside").rename(refused)
    assert await app.people.channels.files.sweep() == 1
    left = {path.name for path in (tmp_path / "uploads").rglob("*") if path.is_file()}
    assert left == {kept["attachment_id"], held["attachment_id"]}
    assert await pool.fetchval("SELECT count(*) FROM attachments") == 2
    assert await code_of(ada.call("POST", f"/v1/attachments/{unused['attachment_id']}/complete")) == "not_found"


async def test_full_disk_is_unavailable_and_messages_continue(friends: Users, tmp_path: Path) -> None:
    ada, bob = await friends("Ada", "Bob")
    dm = (await ada.call("PUT", f"/v1/dms/{bob.user_id}"))["channel"]["channel_id"]
    permitted = await permit(ada, picture())
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "incoming").write_text("a file where a folder should be")
    assert await put(ada, permitted["upload"], picture()) == 503
    assert (await ada.ask("channel.send", channel_id=dm, client_id="1", body="hello"))["message"]["n"] == 1
    (tmp_path / "uploads" / "incoming").unlink()
    assert await put(ada, permitted["upload"], picture()) == 204


async def test_picture_is_scaled_to_the_longest_side_with_transparency() -> None:
    pictures = Pictures(workers=2, pixels=50_000_000, side=300)
    image = Image.new("RGBA", (900, 600), (255, 0, 0, 0))
    out = io.BytesIO()
    image.save(out, "PNG")
    found = await pictures.encode(out.getvalue())
    assert (found.width, found.height, Image.open(io.BytesIO(found.data)).mode) == (300, 200, "RGBA")
    with pytest.raises(Invalid):
        await Pictures(workers=1, pixels=1_000, side=300).encode(out.getvalue())


def test_names_and_types_of_files() -> None:
    assert clean_name("C:\\photos\\me.png") == "me.png"
    assert clean_name("/../..") == "file"
    assert clean_name("a\0\r\nSet-Cookie: \x1b\x7f\u202egpj.png") == "aSet-Cookie gpj.png"
    assert clean_name("a" * 200 + ".jpeg") == "a" * 115 + ".jpeg"
    assert [type_of(data) for data in (b"", b"\x00", b"<SVG>", "ä".encode("latin-1"), b"plain")] == [
        None,
        None,
        None,
        None,
        "text/plain",
    ]
    assert disposition('ä"b.txt', "text/plain") == "attachment; filename=\"__b.txt\"; filename*=UTF-8''%C3%A4%22b.txt"


def test_unsigned_links_serve_nothing() -> None:
    from server.people.files.store_local import LocalStore  # noqa: PLC0415

    store = LocalStore(Path("/nowhere"))
    url = store.link("x", name="a", media_type="image/png", now=1_000, lifetime_ms=300_000)
    until, signature = url.split("until=")[1].split("&sig=")
    assert store.check_link("x", until=int(until), signature=signature, now=300_999).name == "x"
    for name, at, sig, now in (
        ("y", until, signature, 0),
        ("x", str(int(until) + 1), signature, 0),
        ("x", until, signature, 301_000),
    ):
        with pytest.raises(NotFound):
            store.check_link(name, until=int(at), signature=sig, now=now)


class ObservedFiles(FileService):
    """Counts how many files are checked at the same time."""

    running = most = 0

    async def _complete(self, owner: UserId, attachment_id: str) -> AttachmentObject:
        self.running += 1
        self.most = max(self.most, self.running)
        for _ in range(5):  # iterations of the loop, in which another request could begin
            await asyncio.sleep(0)
        self.running -= 1
        raise NotFound(attachment_id)


async def test_file_that_comes_when_one_is_done_and_one_waits_has_to_wait(app: App) -> None:
    real = app.people.channels.files
    service = ObservedFiles(real._pool, None, pictures=real._pictures, clock=real._clock, limits=real._limits)
    first, second = (asyncio.create_task(service.complete(UserId("ada"), name)) for name in "ab")
    await asyncio.wait([first])
    third = asyncio.create_task(service.complete(UserId("ada"), "c"))
    await asyncio.gather(first, second, third, return_exceptions=True)
    assert service.most == 1
