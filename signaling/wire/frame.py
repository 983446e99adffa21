"""The base of every frame that a client sends."""

import msgspec
from msgspec import UNSET, UnsetType

from signaling.wire.constraints import FrameId


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """A client frame. Fields that are not named here are ignored."""

    id: FrameId | UnsetType = UNSET
    """If given, the frame is answered by exactly one reply or error that carries it."""
