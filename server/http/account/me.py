"""The user's own account: read, change, delete."""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from matchmaker.domain.errors import StateConflict
from matchmaker.domain.profile import Gender
from server.db.accounts.users import AcceptsRequests, FriendProfile, User
from server.domain import age
from server.http import validators
from server.http.constraints import DisplayName, Interests
from server.http.route import RequestContext
from server.http.services import HttpServices
from signaling.wire.channel_frames import AnyAttachment

NO_NUL = r"^[^\x00]*\Z"
LAST_INSTANT = 253_402_300_799_999
"""The end of the year 9999, in Unix milliseconds."""


class UpdateBasicProfileRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to change in a service without friends; what is left out stays, and fields of friends are unknown."""

    display_name: DisplayName | UnsetType = UNSET
    gender: Gender | UnsetType = UNSET
    interests: Interests | UnsetType = UNSET
    birth_date: (
        Annotated[date, Meta(description="once, where it is asked for and was not given; like 1990-12-31")] | UnsetType
    ) = UNSET


class UpdateProfileRequest(UpdateBasicProfileRequest, frozen=True, kw_only=True):
    """What to change; what is left out stays."""

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
        """The fields that friends see."""
        fields = {name: getattr(self, name) for name in FriendProfile.__struct_fields__}
        given = {name: value for name, value in fields.items() if value is not UNSET}
        for name in ("bio", "status_text"):
            if name in given:
                given[name] = given[name].strip()
        return FriendProfile(**given)


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """What is deleted with the account."""

    erase_messages: bool = False
    """Also what you wrote to friends and groups: it is emptied, everywhere, within minutes. Otherwise it stays under an
    id without a name."""


async def show(services: HttpServices, call: RequestContext[None]) -> User:
    """Get your account; while banned, with the reason and the end of the ban."""
    person = await services.users.get(call.user)
    person = msgspec.structs.replace(person, ban=await services.moderation.ban_of(call.user))
    return await _with_avatar(services, person)


async def update(services: HttpServices, call: RequestContext[UpdateBasicProfileRequest]) -> User:
    """Change your name, gender or interests; users who meet you from now on see the new values."""
    body, user, settings = call.body, call.user, services.settings
    with_friends = body if isinstance(body, UpdateProfileRequest) else UpdateProfileRequest()
    born, today = None, age.today(services.clock.now())
    if body.birth_date is not UNSET:
        if (known := call.login.birth_date) is not None and known != body.birth_date:
            raise StateConflict("your date of birth is known already")
        age.require_old_enough(body.birth_date, today=today, at_least=settings.min_age, required=False)
        born = body.birth_date if settings.require_birth_date else None
    name = validators.display_name(body.display_name) if body.display_name is not UNSET else None
    interests = validators.interests(body.interests) if body.interests is not UNSET else None
    if with_friends.avatar_id is not UNSET:  # it can be refused: before anything is stored
        await services.channels.files.set_avatar(user, with_friends.avatar_id)
    person = await services.users.revise(
        user,
        display_name=name,
        gender=body.gender if body.gender is not UNSET else None,
        interests=interests,
        birth_date=born,
        for_friends=with_friends.for_friends,
    )
    if with_friends.shows_presence is not UNSET:
        await services.friends.refresh(user)
    band = age.band(person.birth_date, today=today, bands=settings.age_bands)
    services.broadcast.change(user, profile=person.profile, band=band)
    services.matchmaker.update_profile(person.profile, band=band)
    return await _with_avatar(services, person)


async def _with_avatar(services: HttpServices, person: User) -> User:
    if not services.settings.friends:
        return person.without_friends
    return msgspec.structs.replace(person, avatar_id=await services.channels.files.avatar_of(person.user_id))


async def delete(services: HttpServices, call: RequestContext[Deletion]) -> None:
    """Delete your account: personal data is removed immediately, a room ends, every socket is closed."""
    user = call.user
    # The room first: its end is written for the peer too, and needs the rows of this user.
    await services.broadcast.expel(user, "deleted")
    notices = await services.accounts.leave(user, erase=call.body.erase_messages)
    services.broadcast.dismiss(user)
    # Whatever their socket may have started in between cannot continue.
    await services.broadcast.expel(user, "deleted")
    services.channels.on_departed(notices)
