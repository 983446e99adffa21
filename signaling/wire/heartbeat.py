"""The numbers of the heartbeat, as announced to clients."""

from typing import Annotated

import msgspec
from msgspec import Meta

_Seconds = Annotated[float, Meta(gt=0)]


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """The three numbers of the heartbeat, in seconds. They apply in the phases `invited` and `in_room`."""

    ping_s: Annotated[_Seconds, Meta(description="the client sends something at least this often")] = 3
    server_silent_s: Annotated[_Seconds, Meta(description="the client leaves a server that was silent this long")] = 5
    client_silent_s: Annotated[_Seconds, Meta(description="the server gives up a client that was silent this long")] = 8

    @property
    def client_silent_ms(self) -> int:
        """`client_silent_s` in whole milliseconds."""
        return round(self.client_silent_s * 1_000)
