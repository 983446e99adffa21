"""With age bands, a user without a date of birth is asked for it once, in a real browser."""

import asyncpg
import pytest
from playwright.async_api import expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.screens import violations
from tests.browser.visitor import PATIENCE_MS
from tests.support.service import Service


@pytest.mark.settings(RONDO_RATE_LIMITS="off", RONDO_REQUIRE_BIRTH_DATE="on", RONDO_AGE_BANDS="18,40")
async def test_account_without_a_birth_date_is_asked_once(visit: Visit, service: Service) -> None:
    ada = await visit("Ada", viewport=PHONE)
    await ada.see("birth-date").fill("1990-12-31")
    await ada.sign_up()

    # As if she had signed up before the setting; a restart clears the server's cache.
    connection = await asyncpg.connect(service.dsn)
    await connection.execute("UPDATE users SET birth_date = NULL")
    await connection.close()
    await service.stop()
    await service.start()
    await ada.page.reload()
    await expect(ada.see("age-born")).to_be_visible(timeout=PATIENCE_MS)
    await ada.photograph("age-phone")
    assert await violations(ada.page) == []
    await ada.see("age-born").fill("1990-12-31")
    await ada.see("age-save").click()
    await ada.find("text")
    await expect(ada.see("stop")).to_be_visible(timeout=PATIENCE_MS)
