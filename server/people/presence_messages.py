"""Messages about presence between nodes. Fields are only added, at the end, with a default."""

from typing import Final

import msgspec

from matchmaker.domain.ids import UserId
from server.domain.people.presence import PresenceState

EXCHANGE: Final = "people.exchange"
STATES: Final = "people.states"
LEFT: Final = "people.left"
ASK: Final = "people.ask"
TOLD: Final = "people.told"
PART: Final = "people.part"
REFRESH: Final = "people.refresh"


class PresencePair(msgspec.Struct, frozen=True, array_like=True):
    """Two friends who see each other: one of the sender's, with their state, and one of the receiver's."""

    mine: UserId
    state: PresenceState
    yours: UserId


class PresenceExchange(msgspec.Struct, frozen=True, array_like=True):
    """Presence of users of the sender, for their friends that the receiver owns."""

    pairs: list[PresencePair]
    wants_answer: bool
    number: int = 0
    """Of the request, repeated in the answer, which leaves out pairs whose user the receiver does not own."""


class PresenceStates(msgspec.Struct, frozen=True, array_like=True):
    """Current presence of users of the sender."""

    users: dict[UserId, PresenceState]


class PresenceQuery(msgspec.Struct, frozen=True, array_like=True):
    """Request for the presence of these users of the receiver."""

    number: int
    users: list[UserId]


class PresenceAnswer(msgspec.Struct, frozen=True, array_like=True):
    """The answer; users who are not named are offline."""

    number: int
    users: dict[UserId, PresenceState]


class FormerFriends(msgspec.Struct, frozen=True, array_like=True):
    """Two users whose friendship has ended."""

    one: UserId
    other: UserId


encode: Final = msgspec.msgpack.Encoder().encode
decode_exchange: Final = msgspec.msgpack.Decoder(PresenceExchange).decode
decode_states: Final = msgspec.msgpack.Decoder(PresenceStates).decode
decode_query: Final = msgspec.msgpack.Decoder(PresenceQuery).decode
decode_answer: Final = msgspec.msgpack.Decoder(PresenceAnswer).decode
decode_former_friends: Final = msgspec.msgpack.Decoder(FormerFriends).decode
decode_user: Final = msgspec.msgpack.Decoder(UserId).decode
