"""What one mailbox is, and which addresses are the same."""

import asyncpg
import pytest

from server.db.accounts import email_addresses
from server.db.pool import Pool
from server.domain.email_address import for_smtp, key_of
from server.postgres import Postgres
from tests.http.conftest import Caller

PASSWORD = "correct horse"


@pytest.mark.parametrize(
    "address",
    [
        "a@evil,victim@x",
        "a@[",
        "a@[127.0.0.1]",
        "a@[IPv6:2001:db8::1]",
        '"a b"@example.org',
        '"a"@example.org',
        "Ada <ada@example.org>",
        "ada(comment)@example.org",
        "ada@example.org, bob@example.org",
        "ada@example.org;bob@example.org",
        "team: ada@example.org;",
        "a..b@example.org",
        ".a@example.org",
        "a.@example.org",
        "a@-example.org",
        "a@example..org",
        "a@exa_mple.org",
        "a@b@example.org",
        "ada@example.org\r\nBcc: bob@example.org",
        "ad\u200ba@example.org",
        "a" * 65 + "@example.org",
        "a@" + "x" * 64 + ".org",
        "@",
    ],
)
async def test_more_or_less_than_one_mailbox_is_invalid(ada: Caller, address: str) -> None:
    reply = await ada.post("/v1/auth/upgrade", {"email": address, "password": PASSWORD})
    assert (reply.status, reply.code, reply.body["error"]["field"]) == (400, "invalid", "email")


@pytest.mark.parametrize(
    ("address", "envelope"),
    [
        ("Ada.Lovelace+rondo@Example.org", "Ada.Lovelace+rondo@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("äda@example.org", "äda@example.org"),
        ("阿達@例子.example", "阿達@例子.example"),
        ("o'neil@example.org", "o'neil@example.org"),
        ("ada@localhost", "ada@localhost"),
    ],
)
async def test_mailbox_is_stored_as_written(ada: Caller, address: str, envelope: str) -> None:
    reply = await ada.post("/v1/auth/upgrade", {"email": f" {address} ", "password": PASSWORD})
    assert (reply.status, reply.body["user"]["email"]) == (200, address)
    assert for_smtp(address) == envelope


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ada@Example.ORG", "ada@example.org", True),
        ("ÄDA@example.org", "äda@example.org", True),
        ("a\u0308da@example.org", "äda@example.org", True),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example", True),
        ("ada@faß.example", "ada@xn--fa-hia.example", True),
        ("straße@example.org", "strasse@example.org", False),
        ("a.da@example.org", "ada@example.org", False),
        ("ada+x@example.org", "ada@example.org", False),
    ],
)
def test_equal_addresses(one: str, other: str, same: bool) -> None:
    assert (key_of(one) == key_of(other)) is same


@pytest.mark.parametrize("text", ["", "@", "a@[", "a@" + "x" * 300, "\ud83d@x", "a@\u0000", "a@xn--"])
def test_any_text_has_a_key(text: str) -> None:
    assert key_of(key_of(text)) == key_of(text)


async def test_log_in_names_are_compared_without_the_locale(ada: Caller, bob: Caller, anonymous: Caller) -> None:
    door = {"email": "ÄDA@BÜCHER.example", "password": PASSWORD}
    assert (await ada.post("/v1/auth/upgrade", door)).status == 200
    same = {"email": "äda@xn--bcher-kva.example", "password": PASSWORD}
    assert (await anonymous.post("/v1/auth/login", same)).status == 200
    assert (await bob.post("/v1/auth/upgrade", same)).code == "conflict"


async def test_addresses_of_an_earlier_release_get_a_key_in_locale_c(postgres: Postgres, template: str) -> None:
    """cases.md 12: lower() does not change Ä in the locale C."""
    owner = await asyncpg.connect(postgres.dsn("postgres"))
    await owner.execute("CREATE DATABASE in_c TEMPLATE template0 LOCALE 'C' ENCODING 'UTF8'")
    await owner.close()
    from server.config import assets  # noqa: PLC0415 - only here
    from server.db.maintenance.migrate import migrate  # noqa: PLC0415

    dsn = postgres.dsn("in_c")
    await migrate(dsn, assets.migrations())
    pool = await Pool.open(dsn)
    try:
        await pool.execute(
            """INSERT INTO users (user_id, display_name, adult_at, email, password_hash)
               VALUES ('00000000-0000-4000-8000-000000000001', 'Ada', now(), 'ÄDA@example.org', 'x'),
                      ('00000000-0000-4000-8000-000000000002', 'Eve', now(), 'a@evil,victim@x', 'y')"""
        )
        assert await pool.fetchval("SELECT lower('Ä')") == "Ä"
        assert await email_addresses.log_ins(pool, "äda@example.org") == []
        assert await email_addresses.fill_keys(pool) == 2
        (found,) = await email_addresses.log_ins(pool, "äda@example.org")
        assert (found.sealed, found.is_verified) == ("x", False)
        assert [one.sealed for one in await email_addresses.log_ins(pool, "a@evil,victim@x")] == ["y"]
        assert await email_addresses.fill_keys(pool) == 0
    finally:
        await pool.close()
