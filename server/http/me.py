"""The user's own account: read, change, delete."""

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
from server.ledger.people import AcceptsRequests, FriendProfile, Person
from signaling.channel_frames import AnyAttachment

NO_NUL = r"^[^\x00]*\Z"
LAST_INSTANT = 253_402_300_799_999
"""The end of the year 9999, in Unix milliseconds."""


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """What to change; what is left out stays."""

    display_name: DisplayName | UnsetType = UNSET
    gender: Gender | UnsetType = UNSET
    interests: Interests | UnsetType = UNSET
    birth_date: (
        Annotated[date, Meta(description="once, where it is asked for and was not given; like 1990-12-31")] | UnsetType
    ) = UNSET

    bio: Annotated[str, Meta(max_length=190, pattern=NO_NUL, description="only friends see it")] | UnsetType = UNSET
    status_text: (
        Annotated[str, Meta(max_length=60, pattern=NO_NUL, description="only friends see it; empty: none")] | UnsetType
    ) = UNSET
    status_until_at: Annotated[int, Meta(ge=0, le=LAST_INSTANT)] | UnsetType | None = UNSET
    """When the status ends; null, or left out beside a new status: it does not."""
    shows_presence: bool | UnsetType = UNSET
    sends_receipts: bool | UnsetType = UNSET
    accepts_requests: AcceptsRequests | UnsetType = UNSET
    avatar_id: AnyAttachment | UnsetType | None = UNSET
    """An uploaded avatar, which only friends see; null: none."""

    @property
    def for_friends(self) -> FriendProfile:
        """What of it is about friends."""
        fields = {name: getattr(self, name) for name in FriendProfile.__struct_fields__}
        given = {name: value for name, value in fields.items() if value is not UNSET}
        for name in ("bio", "status_text"):
            if name in given:
                given[name] = given[name].strip()
        return FriendProfile(**given)


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """What goes with the account."""

    erase_messages: bool = False
    """Also what you wrote to friends and groups: it is emptied, everywhere, within minutes. Otherwise it stays under an
    id that names nobody."""


async def show(desk: Desk, call: Call[None]) -> Person:
    """Get your account; while banned, with the reason and the end of the ban."""
    person = await desk.people.get(call.user)
    person = msgspec.structs.replace(person, ban=await desk.moderation.ban_of(call.user))
    return await _with_avatar(desk, person)


async def revise(desk: Desk, call: Call[Revision]) -> Person:
    """Change your name, gender or interests; users who meet you from now on see the new values."""
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
        for_friends=body.for_friends if settings.friends else FriendProfile(),
    )
    if body.avatar_id is not UNSET and settings.friends:
        await desk.channels.files.set_avatar(user, body.avatar_id)
    if body.shows_presence is not UNSET and settings.friends:
        await desk.friends.refresh(user)
    band = age.band(person.birth_date, today=today, bands=settings.age_bands)
    desk.bulletin.change(user, profile=person.profile, band=band)
    await desk.matchmaker.rename(person.profile, band=band)
    return await _with_avatar(desk, person)


async def _with_avatar(desk: Desk, person: Person) -> Person:
    if not desk.settings.friends:
        return person
    return msgspec.structs.replace(person, avatar_id=await desk.channels.files.avatar_of(person.user_id))


async def delete(desk: Desk, call: Call[Deletion]) -> None:
    """Delete your account: personal data is removed immediately, a room ends, every socket is closed."""
    user = call.user
    # The room first: its ending is written for the peer too, and needs this person's row.
    await desk.bulletin.expel(user, "deleted")
    notices = await desk.records.leave(user, erase=call.body.erase_messages)
    desk.bulletin.dismiss(user)
    # What their socket may have begun between the two, it cannot go on with.
    await desk.bulletin.expel(user, "deleted")
    desk.channels.on_departed(notices)
