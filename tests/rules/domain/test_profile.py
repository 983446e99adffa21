"""A profile as clients see it."""

import msgspec

from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import Profile


def test_gender_is_sent_whether_the_profile_was_loaded_or_comes_from_another_node() -> None:
    loaded = Profile(user_id=UserId("ada"), display_name="Ada", gender=msgspec.json.decode('"unspecified"'))
    moved = msgspec.json.decode(msgspec.json.encode(loaded), type=Profile)
    expected = {"user_id": "ada", "display_name": "Ada", "gender": "unspecified"}
    assert msgspec.to_builtins(loaded) == expected
    assert msgspec.json.decode(msgspec.json.encode(moved)) == expected
    assert msgspec.json.decode(b'{"user_id": "ada", "display_name": "Ada"}', type=Profile) == moved
