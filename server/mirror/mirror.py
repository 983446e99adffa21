"""One mirror: a user that never joins the queue; the server opens a room with it."""

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import structlog

from server.mirror.connection import MirrorConnection
from server.mirror.protocol import Heard, MirrorRoom

if TYPE_CHECKING:
    from server.mirror.call import MirrorCall

log = structlog.get_logger()


class Mirror:
    """Waits with one token, and runs the call of the room that it is added to."""

    def __init__(self, url: str, token: str) -> None:
        self._line = MirrorConnection(url, token, self._on_event)
        self._call: MirrorCall | None = None
        self._task: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        """The call, and those that are still closing."""

    async def run(self, session: aiohttp.ClientSession) -> int:
        """Stay connected until cancelled, or until the server forbids a reconnect; return that close code.

        When this returns, or raises, every call has been closed.
        """
        try:
            return await self._line.hold(session)
        finally:
            self._leave()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _on_event(self, heard: Heard) -> None:
        room = heard.state.room if heard.type == "welcome" else heard.room
        match heard.type:
            case "welcome" if room is None or self._call is None or self._call.room_id != room.room_id:
                self._leave()
                # Events of a room that this process does not know follow if the session is resumed. Otherwise the page
                # may still use a peer connection of a former process: send the offer.
                if room is not None and not heard.resumed:
                    self._meet(room, initiate=True)
            case "room.started" if room is not None:
                self._leave()
                self._meet(room, initiate=False)
            case "room.ended" if self._call is not None and self._call.room_id == heard.room_id:
                self._leave()
            case "signal" if self._call is not None and self._call.room_id == heard.room_id:
                self._call.on_signal(heard)

    def _meet(self, room: MirrorRoom, *, initiate: bool) -> None:
        # Not before the first call: it takes half a second and 60 MB, which most servers never need.
        from server.mirror.call import MirrorCall  # noqa: PLC0415

        log.info("mirror_meets", room_id=room.room_id)
        self._call = MirrorCall(room, self._line.send, initiate=initiate)
        self._task = asyncio.create_task(self._hold(self._call))
        self._tasks.add(self._task)
        self._task.add_done_callback(self._tasks.discard)

    def _leave(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = self._call = None

    async def _hold(self, call: "MirrorCall") -> None:
        try:
            await call.run()
        except Exception:
            log.exception("mirror_broke", room_id=call.room_id)
            await self._line.send("room.leave", room_id=call.room_id, reason="hangup")
