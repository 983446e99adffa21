"""The short form of every drill. The long ones, with their figures, are `make drills`."""

import asyncpg
import pytest

from server.drill.drill_context import Drill, DrillContext, Options
from server.drill.run import names, perform
from tests.drills import conftest
from tests.drills.conftest import Words

SHORT = ("--seed", "1", "--minutes", "0.1", "--calls", "1")
CAMPUS = ("sigkill", "--one-address", "--rooms", "25", "--seed", "3", "--calls", "0")
CONVERSATIONS = ("messages", *SHORT, "--nodes", "3")
AGAIN = ("sigkill", "--again", "4", "--rooms", "8", "--seed", "2", "--calls", "0")


class Quiet:
    """Ignores the progress of a drill."""

    def say(self, text: str) -> None:
        """Ignore a line."""

    def count(self, what: str, done: int, of: int) -> None:
        """Return how far something is."""


@pytest.mark.parametrize("words", [(name, *SHORT) for name in names()], ids=names())
async def test_short_form_of_every_drill(words: Words, drill_result: conftest.RunDrill) -> None:
    found = drill_result(words)
    assert not found.broken, found.log_text
    assert found.report.lines
    assert "</html>" in found.page


@pytest.mark.parametrize("words", [AGAIN, (*AGAIN, "--nodes", "2")], ids=["alone", "two-nodes"])
async def test_repeated_kills(words: Words, drill_result: conftest.RunDrill) -> None:
    assert not drill_result(words).broken, drill_result(words).log_text


@pytest.mark.parametrize("words", [CONVERSATIONS], ids=["three-nodes"])
async def test_conversations_and_presence_through_faults_of_nodes(
    words: Words, drill_result: conftest.RunDrill
) -> None:
    assert not drill_result(words).broken, drill_result(words).log_text


@pytest.mark.parametrize("words", [CAMPUS], ids=["limits-on"])
async def test_fifty_users_of_one_address_resume(words: Words, drill_result: conftest.RunDrill) -> None:
    found = drill_result(words)
    assert not found.broken, found.log_text
    assert any("50" in line.found for line in found.report.lines if line.name == "people who got their room back")


async def test_broken_promise_is_detected() -> None:
    # The service loses a message: the drill must report it.
    async def forget(context: DrillContext) -> None:
        pairs = await context.clients.pair_up(2, mode=lambda _: "text")
        for pair in pairs:
            pair[0].say("remember this")
            await pair[0].until(lambda one=pair[0]: not one.unsaid)
        assert context.dsn is not None
        connection = await asyncpg.connect(context.dsn)
        await connection.execute("DELETE FROM room_messages WHERE n = (SELECT min(n) FROM room_messages)")
        await connection.close()

    drill = Drill(name="forget", summary="a message is lost", run=forget)
    report = await perform(drill, Options(rooms=2, brief=True), Quiet())
    assert report.outcome == "broken"
    assert [line.name for line in report.lines if not line.holds] == [
        "acknowledged messages lost, doubled, out of order"
    ]


async def test_aborted_drill_is_reported() -> None:
    async def stumble(context: DrillContext) -> None:
        await context.clients.pair_up(1, mode=lambda _: "text")
        raise ConnectionError("the line went dead")

    report = await perform(Drill(name="stumble", summary="nothing", run=stumble), Options(rooms=1, brief=True), Quiet())
    broken = [line for line in report.lines if not line.holds]
    assert [line.name for line in broken] == ["the drill raised an exception"]
    assert "the line went dead" in broken[0].details[0]
