"""The wall clock follows corrections; the steady clock, which deadlines use, does not."""

from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from matchmaker.domain.clock import SystemClock, WallClock
from matchmaker.domain.instants import shifted
from matchmaker.domain.invite import Invite
from matchmaker.domain.message import Message, Receipt
from matchmaker.domain.room import Participant, Room
from matchmaker.domain.timing import FOREVER
from matchmaker.domain.transactions import RoomClosure
from signaling.wire import events, models

HOUR_NS = 3_600_000_000_000
STARTED_NS = 1_800_000_000 * 1_000_000_000


class Machine:
    """The two sources of time of a machine."""

    def __init__(self) -> None:
        self.wall_ns, self.monotonic_ns = STARTED_NS, 5 * HOUR_NS
        self.steady = SystemClock(wall_ns=lambda: self.wall_ns, monotonic_ns=lambda: self.monotonic_ns)
        self.wall = WallClock(self.steady, wall_ns=lambda: self.wall_ns)

    def run(self, ms: int) -> None:
        self.wall_ns += ms * 1_000_000
        self.monotonic_ns += ms * 1_000_000


def test_wall_clock_follows_a_correction_and_deadlines_do_not() -> None:
    machine = Machine()
    began = machine.steady.now()
    machine.run(1_000)
    machine.wall_ns -= 2 * HOUR_NS
    assert machine.wall.follow_system_clock() == -7_200_000
    assert machine.steady.now() == began + 1_000
    assert machine.wall.now() == machine.wall_ns // 1_000_000
    assert machine.wall.offset_ms == -7_200_000
    machine.run(1_000)
    assert machine.wall.follow_system_clock() == 0
    assert machine.steady.now() == began + 2_000


def test_suspension_of_the_machine_is_a_step_forward() -> None:
    machine = Machine()
    machine.wall_ns += HOUR_NS  # CLOCK_MONOTONIC was suspended
    assert machine.wall.follow_system_clock() == 3_600_000
    assert machine.wall.now() - machine.steady.now() == 3_600_000


@pytest.mark.parametrize("ms", [-19, 19])
def test_difference_between_two_readings_is_not_a_step(ms: int) -> None:
    machine = Machine()
    machine.wall_ns += ms * 1_000_000
    assert machine.wall.follow_system_clock() == 0
    assert machine.wall.offset_ms == 0


def instants(kind: type[msgspec.Struct]) -> set[str]:
    """Return the fields of *kind* that `shifted` moves."""
    hints = get_type_hints(kind)
    integers = {name: 5 for name, hint in hints.items() if hint is int or int in get_args(hint)}
    values: dict[str, Any] = dict.fromkeys(kind.__struct_fields__) | integers
    moved = shifted(kind(**values), 10)
    return {name for name in integers if getattr(moved, name) == 15}


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (
            Room,
            "started_at connect_by live_at ends_at paused_at warned_until asked_at cooldown_until",
        ),
        (Participant, "away_until said_at asked_at"),
        (RoomClosure, "at cooldown_until"),
        (Message, "sent_at delivered_at read_at"),
        (Receipt, "at"),
        (Invite, "created_at expires_at"),
        (models.QueueObject, "joined_at"),
        (models.PersonObject, "waiting_since_at"),
        (models.InviteObject, "expires_at"),
        (models.GraceObject, "ends_at"),
        (models.TorchObject, "ends_at"),
        (models.RoomObject, "started_at live_at ends_at"),
        (events.InviteClosedEvent, "cooldown_until_at"),
        (events.RoomEndedEvent, "cooldown_until_at"),
        (events.PeerAwayEvent, "ends_at"),
        (events.ChatReceiptEvent, "at"),
    ],
)
def test_shifted_moves_every_instant_and_nothing_else(kind: type[msgspec.Struct], names: str) -> None:
    assert instants(kind) == set(names.split())


def test_shifted_moves_nested_instants_and_keeps_forever() -> None:
    receipt = Receipt(room_id="r", message_id="m", status="read", by="a", at=5)
    assert shifted([(receipt, [receipt])], 2)[0][1][0].at == 7
    assert shifted(receipt, 0) is receipt
    assert shifted(msgspec.structs.replace(receipt, at=FOREVER), 2).at == FOREVER
