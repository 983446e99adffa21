"""What a user confirms about their age, as it is stored."""

from datetime import date

import pytest

from server.db.pool import Pool
from server.domain.age import ADULT_TEXT
from tests.http.conftest import Caller, SignUp

YOUNG = f"{date.today().year - 17}-01-01"  # noqa: DTZ011 - any day will do


async def test_confirmation_is_stored_with_time_and_text(ada: Caller, pool: Pool) -> None:
    (row,) = await pool.fetch("SELECT adult_text, now() - adult_at < interval '1 minute', birth_date FROM users")
    assert tuple(row) == (ADULT_TEXT, True, None)


async def test_unrequested_birth_date_is_checked_and_not_stored(anonymous: Caller, sign_up: SignUp, pool: Pool) -> None:
    body = {"display_name": "Eve", "adult": True, "birth_date": YOUNG}
    reply = await anonymous.post("/v1/auth/guest", body)
    assert (reply.status, reply.body["error"]["field"]) == (400, "birth_date")
    await sign_up("Ada", birth_date="1990-12-31")
    assert await pool.fetchval("SELECT birth_date FROM users") is None


@pytest.mark.settings(require_birth_date=True, min_age=21)
async def test_birth_date_where_required(anonymous: Caller, sign_up: SignUp, pool: Pool) -> None:
    reply = await anonymous.post("/v1/auth/guest", {"display_name": "Ada", "adult": True})
    assert (reply.status, reply.body["error"]["field"]) == (400, "birth_date")
    for text in ("yesterday", 7, "1990-02-30"):
        reply = await anonymous.post("/v1/auth/guest", {"display_name": "Ada", "adult": True, "birth_date": text})
        assert (reply.status, reply.body["error"]["field"]) == (400, "birth_date")
    ada = await sign_up("Ada", birth_date="1990-12-31")
    assert await pool.fetchval("SELECT birth_date FROM users") == date(1990, 12, 31)
    (profile,) = (await ada.get("/v1/me/export")).body["sections"]["profile"]
    assert profile["birth_date"] == "1990-12-31"
