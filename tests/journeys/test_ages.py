"""Stories with age bands."""

from datetime import date
from pathlib import Path

import aiohttp
import pytest

from tests.journeys.conftest import SHORT, ConnectUser
from tests.support.client import Person, Refused
from tests.support.service import Service

BANDS = {"RONDO_REQUIRE_BIRTH_DATE": "on", "RONDO_AGE_BANDS": "18,25,40"}
THIS_YEAR = date.today().year  # noqa: DTZ011 - any day will do

pytestmark = [pytest.mark.settings(**BANDS), pytest.mark.topology("one_node")]


def born(years_ago: int) -> str:
    return f"{THIS_YEAR - years_ago}-01-01"


async def test_queue_pairs_within_a_band_only(connect_user: ConnectUser) -> None:
    old = await connect_user("Olga", birth_date=born(60))
    ada, bob = await connect_user("Ada", birth_date=born(20)), await connect_user("Bob", birth_date=born(23))
    for person in (old, ada, bob):
        await person.ask("queue.join", mode="text")
    match = (await ada.receive("invite.received"))["invite"]
    assert match["peer"]["user_id"] == bob.user_id
    await old.receive_all()
    assert not old.received("invite.received")


async def test_other_bands_are_neither_listed_nor_invited(connect_user: ConnectUser) -> None:
    old, ada = await connect_user("Olga", birth_date=born(60)), await connect_user("Ada", birth_date=born(20))
    await ada.ask("queue.join", mode="text", pairing="manual")
    assert (await old.ask("discover", mode="text"))["people"] == []
    with pytest.raises(Refused, match="target_unavailable"):
        await old.ask("invite.send", user_id=ada.user_id, mode="text")


async def test_user_of_unknown_age_states_it_once_and_continues(
    database: str, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    service = Service(database, tmp_path, **SHORT)
    await service.start()
    ada, bob = Person(http, service.base, "Ada"), Person(http, service.base, "Bob")
    for person in (ada, bob):
        await person.sign_up()
    assert await service.stop() == 0

    service = Service(database, tmp_path, **SHORT, **BANDS)
    await service.start()
    for person in (ada, bob):
        person.base = service.base
        await person.connect()
        for kind, fields in (("queue.join", {"mode": "text"}), ("discover", {})):
            with pytest.raises(Refused) as refused:
                await person.ask(kind, **fields)
            assert (refused.value.code, refused.value.frame["field"]) == ("access_required", "birth_date")
    young = await ada.call("PATCH", "/v1/me", {"birth_date": born(3)}, status=400)
    assert young["error"]["field"] == "birth_date"
    for person in (ada, bob):
        await person.call("PATCH", "/v1/me", {"birth_date": born(30)})
        await person.call("PATCH", "/v1/me", {"birth_date": born(41)}, status=409)
        await person.ask("queue.join", mode="text")
    match = (await ada.receive("invite.received"))["invite"]
    assert match["peer"]["user_id"] == bob.user_id
    for person in (ada, bob):
        await person.delete_account()
    assert await service.stop() == 0
