"""What the parts of one node share: its stores, its users, and how it asks other nodes."""

import asyncio
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any, Final

from matchmaker.clock import WallClock
from matchmaker.errors import Unavailable
from matchmaker.ids import UserId
from matchmaker.matchmaker import Matchmaker
from server.cluster.directory import Directory
from server.cluster.epoch import Entry, new_epoch
from server.cluster.membership import Membership
from server.cluster.messages import Answer, AnyMessage, encode
from server.cluster.rooms import RoomOwners
from signaling.hub import Hub
from signaling.speaker import Speaker

ANSWER_S: Final = 2.5
"""How long the owner of a user may take to answer; then the client tries again."""
MOVE_S: Final = 1.0
"""How long a move may stay in doubt; then the sender drops the user."""


LOOK_S: Final = 0.1
"""How often it is looked whether a node that does not answer is dead."""


def _always() -> bool:
    """Return True: no other node can have taken a room over."""
    return True


def _nothing() -> None:
    """Do nothing."""


class Ownership:
    """Ownership of a user by this node."""

    __slots__ = ("came", "epoch", "is_sure")

    def __init__(self, epoch: int, *, came: int = 0, is_sure: bool = True) -> None:
        self.epoch = epoch
        self.came = came
        """When the hello of the link that counts arrived."""
        self.is_sure = is_sure
        """Whether the directory has acknowledged it."""


class Context:
    """One node."""

    def __init__(
        self,
        *,
        node: str,
        send: Callable[[str, bytes], None],
        directory: Directory,
        owners: RoomOwners,
        membership: Membership,
        matchmaker: Matchmaker,
        speaker: Speaker,
        clock: WallClock,
        can_reach_others: bool = True,
    ) -> None:
        """*can_reach_others*: False without Redis."""
        self.node = node
        self.can_reach_others = can_reach_others
        self.directory = directory
        self.owners = owners
        self.membership = membership
        self.matchmaker = matchmaker
        self.speaker = speaker
        self.clock = clock
        self.users: dict[UserId, Ownership] = {}
        self.knows_its_rooms: Callable[[], bool] = _always
        """Whether PostgreSQL was asked lately which rooms are this node's: not after it stood still."""
        self.on_silence: Callable[[], None] = _nothing
        """Called while a node takes its time to answer: it may be dead."""
        self._send = send
        self._asks: dict[int, asyncio.Future[Answer]] = {}
        self._numbers = count(1)

    @property
    def hub(self) -> Hub:
        """The hub of this node."""
        return self.speaker.hub

    def send(self, node: str, message: AnyMessage) -> None:
        """Send *message* to *node*."""
        self._send(node, encode(message))

    async def ask(self, node: str, make: Callable[[int], AnyMessage], *, within_s: float = ANSWER_S) -> Answer:
        """Send what *make* returns for the number of the question, and return the answer; `dead`: *node* is.

        Raises:
            Unavailable: there was none in time.
        """
        number = next(self._numbers)
        answer = self._asks[number] = asyncio.get_running_loop().create_future()
        self.send(node, make(number))
        until = asyncio.get_running_loop().time() + within_s
        try:
            while not answer.done():
                left = until - asyncio.get_running_loop().time()
                if left <= 0:
                    raise Unavailable
                await asyncio.wait([answer], timeout=min(left, LOOK_S))
                if not answer.done():
                    if self.membership.is_dead(node):
                        return Answer(number, "dead")
                    self.on_silence()
            found: Answer = answer.result()
            return found
        finally:
            self._asks.pop(number, None)

    def on_answer(self, _: str, answer: Answer) -> None:
        """Take the answer to a question."""
        waiting = self._asks.get(answer.ask)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def owns(self, user: UserId) -> bool:
        """Tell whether the state of *user* is here."""
        return user in self.users and self.matchmaker.house.store.peek(user) is not None

    def entry(self, user: UserId) -> Entry:
        """Return the directory entry of *user*, who is owned by this node."""
        return Entry(self.users[user].epoch, self.node)

    def now(self) -> int:
        """Return the instant by the steady clock of this node."""
        return self.clock.steady.now()

    @property
    def ahead_ms(self) -> int:
        """How far the wall clock, by which nodes speak of instants, is ahead of the steady one."""
        return self.clock.offset_ms

    def next_entry(self, old: int) -> Entry:
        """Return an entry of this node that is newer than *old*."""
        return Entry(new_epoch(old, self.clock.now()), self.node)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run *work* to its end."""
        self.speaker.spawn(self._run(work))

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Unavailable:
            pass  # the caller finds out by its timeout
        except Exception as fault:  # noqa: BLE001 - told to the operator
            self.speaker.on_fault(fault)
