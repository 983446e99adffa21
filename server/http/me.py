"""One's own account: look at it, change it, delete it."""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from matchmaker.errors import Taken
from matchmaker.profile import Gender
from server import age
from server.http import words
from server.http.bounds import DisplayName, Interests
from server.http.desk import Desk
from server.http.route import Call
from server.ledger.people import Person


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """What to change; what is left out stays."""

    display_name: DisplayName | UnsetType = UNSET
    gender: Gender | UnsetType = UNSET
    interests: Interests | UnsetType = UNSET
    birth_date: (
        Annotated[date, Meta(description="once, where it is asked for and was not given; like 1990-12-31")] | UnsetType
    ) = UNSET


async def show(desk: Desk, call: Call[None]) -> Person:
    """Get your account; somebody who is banned reads why, and until when."""
    person = await desk.people.get(call.user)
    return msgspec.structs.replace(person, ban=await desk.moderation.ban_of(call.user))


async def revise(desk: Desk, call: Call[Revision]) -> Person:
    """Change your name, gender or interests; whoever meets you from now on sees the new ones."""
    body, user, settings = call.body, call.user, desk.settings
    born, today = None, age.today(desk.clock.now())
    if body.birth_date is not UNSET:
        if (known := call.login.birth_date) is not None and known != body.birth_date:
            raise Taken("your date of birth is known already")
        age.insist_old_enough(body.birth_date, today=today, at_least=settings.min_age, required=False)
        born = body.birth_date if settings.require_birth_date else None
    person = await desk.people.revise(
        user,
        display_name=words.display_name(body.display_name) if body.display_name is not UNSET else None,
        gender=body.gender if body.gender is not UNSET else None,
        interests=words.interests(body.interests) if body.interests is not UNSET else None,
        birth_date=born,
    )
    band = age.band(person.birth_date, today=today, bands=settings.age_bands)
    desk.bulletin.change(user, profile=person.profile, band=band)
    await desk.matchmaker.rename(person.profile, band=band)
    return person


async def delete(desk: Desk, call: Call[None]) -> None:
    """Delete your account: personal data goes at once, a conversation ends, every socket is closed."""
    user = call.user
    # The room first: its ending is written for the peer too, and needs this person's row.
    await desk.bulletin.expel(user, "deleted")
    await desk.records.leave(user)
    desk.bulletin.dismiss(user)
    # What their socket may have begun between the two, it cannot go on with.
    await desk.bulletin.expel(user, "deleted")
