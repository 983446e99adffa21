"""The short form of every drill. The long ones, with their figures, are `make drills`."""

import asyncpg
import pytest

from server.drill.page import html
from server.drill.play import Drill, Options, Play
from server.drill.run import find, names, perform


class Quiet:
    """Keeps what a drill tells, for when it fails."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    def count(self, what: str, done: int, of: int) -> None:
        self.lines.append(f"{what} {done}/{of}")


@pytest.mark.parametrize("name", names())
async def test_a_drill_in_its_short_form(name: str) -> None:
    drill, teller = find(name), Quiet()
    options = Options(rooms=drill.brief_rooms, seed=1, minutes=0.1, calls=1, brief=True)
    report = await perform(drill, options, teller)
    # How fast it went is for a quiet machine to say.
    broken = [line for line in report.lines if not line.holds and not line.is_pace]
    assert not broken, (broken, teller.lines)
    assert report.lines
    assert "</html>" in html(report)


async def test_killed_again_and_again() -> None:
    drill, teller = find("sigkill"), Quiet()
    report = await perform(drill, Options(rooms=8, seed=2, again=4, calls=0, brief=True), teller)
    assert not [line for line in report.lines if not line.holds and not line.is_pace], (report.lines, teller.lines)


async def test_a_broken_promise_is_noticed() -> None:
    # The service forgets a message: the drill must say so.
    async def forget(play: Play) -> None:
        pairs = await play.cast.pair_up(2, mode=lambda _: "text")
        for pair in pairs:
            pair[0].say("remember this")
            await pair[0].until(lambda one=pair[0]: not one.unsaid)
        assert play.dsn is not None
        connection = await asyncpg.connect(play.dsn)
        await connection.execute("DELETE FROM room_messages WHERE n = (SELECT min(n) FROM room_messages)")
        await connection.close()

    drill = Drill(name="forget", summary="a message is lost", play=forget)
    report = await perform(drill, Options(rooms=2, brief=True), Quiet())
    assert not report.holds
    assert [line.name for line in report.lines if not line.holds] == [
        "acknowledged messages lost, doubled, out of order"
    ]
