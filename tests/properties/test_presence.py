"""Presence of friends over several nodes, one fault at a time: the real code, ports in memory, virtual time."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

import pytest
import structlog.testing

from server.people.nodes import Owners
from server.people.presence_messages import PresencePair
from tests.cluster.test_hellos import Probe, in_a_room
from tests.properties.cluster.virtual_time import run
from tests.properties.cluster.world import Client, Node, World, user_name

ADA, BOB = user_name(0), user_name(1)


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    with structlog.testing.capture_logs():
        yield


class Stage:
    """Friends controlled by a test, on three nodes."""

    def __init__(self, users: int) -> None:
        self.world = World(1, nodes=3, users=users, faults_s=0, faults=())
        self.ada, self.bob = self.world.clients[ADA], self.world.clients[BOB]

    @property
    def nodes(self) -> list[Node]:
        return self.world.nodes

    async def ready(self) -> None:
        await self.until(lambda: all(node.is_ready and len(node.friends.nodes.others) == 2 for node in self.nodes))
        await asyncio.sleep(2)  # what follows the first heartbeats is over

    async def come(self, *pairs: tuple[Client, int]) -> None:
        """Make clients send hello, each to a node, at the same moment."""
        for client, place in pairs:
            client.socket = None
            client.open(self.nodes[place])
        await self.until(lambda: all(client.is_welcome for client, _ in pairs))

    async def until(self, holds: Callable[[], bool], within_s: float = 20.0) -> None:
        async with asyncio.timeout(within_s):
            while not holds():  # noqa: ASYNC110 - time is virtual
                await asyncio.sleep(0.01)

    async def until_seen(self, within_s: float = 5.0) -> None:
        """Wait until both see each other as they are."""
        pairs = ((self.ada, BOB), (self.bob, ADA))
        truth = {ADA: self.ada.presence, BOB: self.bob.presence}
        await self.until(lambda: all(one.sees.get(other, "offline") == truth[other] for one, other in pairs), within_s)

    async def stays_seen(self, for_s: float) -> None:
        await asyncio.sleep(for_s)
        await self.until_seen(0.1)
        assert not self.world.violations


def played(story: Callable[[Stage], Awaitable[None]], *, users: int = 2) -> Callable[[], None]:
    """Return *story* as a test in virtual time."""

    async def main() -> None:
        stage = Stage(users)
        await stage.ready()
        await story(stage)

    def test() -> None:
        run(main())

    test.__name__, test.__doc__ = story.__name__, story.__doc__  # type: ignore[attr-defined]
    return test


@partial(played, users=30)
async def test_friends_who_come_in_the_same_moment_see_each_other(stage: Stage) -> None:
    world = stage.world
    await stage.come(*((client, n % 3) for n, client in enumerate(world.clients.values())))
    await stage.until(
        lambda: all(client.sees.keys() == set(world.friends_of(user)) for user, client in world.clients.items()), 5.0
    )


@played
async def test_friend_is_seen_from_a_node_that_knows_no_other_node_yet(stage: Stage) -> None:
    await stage.come((stage.bob, 1))
    stage.nodes[0].kill()
    stage.nodes[0] = node = stage.world.birth("n0")  # its heartbeats come at other moments than those of the others
    await stage.ready()
    entry = stage.nodes[1].cluster.context.entry(BOB)

    def is_alone() -> bool:
        stage.world.stores.flush()
        stage.world.stores.directory.entries[BOB] = entry
        return not node.friends.nodes.others

    await stage.until(is_alone)
    await stage.come((stage.ada, 0))
    await stage.until_seen(1.5)
    await stage.stays_seen(20.0)


@played
async def test_friends_who_move_to_and_fro_see_each_other(stage: Stage) -> None:
    """What a node knew of owners from before is not what an exchange relies on."""
    await stage.come((stage.ada, 0), (stage.bob, 1))
    for moves in (((stage.bob, 2),), ((stage.ada, 1), (stage.bob, 0)), ((stage.ada, 2),), ((stage.ada, 0),)):
        await stage.come(*moves)
        await stage.until_seen(1.5)
    await stage.stays_seen(30.0)


@played
async def test_node_that_a_user_has_left_may_die(stage: Stage) -> None:
    await stage.come((stage.ada, 0), (stage.bob, 1))
    await stage.until_seen()
    await stage.come((stage.bob, 0))
    stage.nodes[1].kill()
    await stage.stays_seen(30.0)


@played
async def test_user_of_a_killed_node_is_seen_at_another_before_its_death_is_known(stage: Stage) -> None:
    await stage.come((stage.ada, 0), (stage.bob, 1))
    await stage.until_seen()
    stage.nodes[1].kill()
    await stage.come((stage.bob, 2))
    await stage.until_seen(1.5)
    await stage.stays_seen(30.0)


@played
async def test_friend_whose_node_died_is_offline_for_a_user_who_has_moved_since(stage: Stage) -> None:
    await stage.come((stage.ada, 0), (stage.bob, 1))
    await stage.until_seen()
    stage.bob.has_quit = True
    stage.nodes[1].kill()
    ada = stage.ada.socket
    assert ada is not None
    out = stage.nodes[0].users.moves.take_out(ADA, stage.nodes[2].name, keeps_socket=False)
    assert out is not None
    await stage.nodes[2].users.moves.install(stage.nodes[0].name, out.state)
    await stage.come((stage.ada, 2))
    await stage.until_seen(20.0)


@played
async def test_user_whom_the_owner_has_dropped_is_offline_for_friends_elsewhere(stage: Stage) -> None:
    await stage.come((stage.ada, 0), (stage.bob, 1))
    await stage.until_seen()
    stage.bob.has_quit = True
    stage.nodes[1].matchmaker.rooms.evict(BOB)
    await stage.until_seen(20.0)


@played
async def test_lookup_that_failed_is_repeated(stage: Stage) -> None:
    await stage.come((stage.bob, 1))
    node = stage.nodes[0]
    node.friends.nodes.failing = 1
    await stage.come((stage.ada, 0))
    assert not node.friends.nodes.failing
    await stage.until_seen(1.0)


@played
async def test_presence_is_right_after_a_link_was_reset(stage: Stage) -> None:
    await stage.come((stage.ada, 0), (stage.bob, 1))
    await stage.until_seen()
    for node in (0, 1):
        stage.world.stores.mailboxes.boxes[stage.nodes[node].name].clear()
        stage.nodes[1 - node].cluster.context.bus.send(stage.nodes[node].name, b"lost")
    stage.bob.quit()
    await stage.until_seen(20.0)


@played
async def test_owner_in_the_cache_is_looked_up_again_once_its_node_is_dead(stage: Stage) -> None:
    await stage.come((stage.bob, 1))
    nodes = stage.nodes[0].friends.nodes
    owners = Owners(nodes)
    assert await owners.find([BOB]) == {stage.nodes[1].name: [BOB]}
    stage.bob.has_quit = True
    stage.nodes[1].kill()
    await stage.until(lambda: nodes.is_dead(stage.nodes[1].name))
    assert await owners.find([BOB]) == {}


@played
async def test_user_whose_session_ends_within_a_second_of_a_change_is_offline_for_friends(stage: Stage) -> None:
    await stage.come((stage.ada, 0), (stage.bob, 1))
    await stage.until_seen()
    presence = stage.nodes[1].friends.presence
    stage.bob.quit()
    await stage.until(lambda: presence.state_of(BOB) == "offline")
    presence.end(BOB)  # as at the end of a session; the change is yet to be sent
    await stage.until_seen(2.0)
    await stage.stays_seen(30.0)


@partial(played, users=3)
async def test_change_that_waits_is_sent_before_a_friend_leaves_the_node(stage: Stage) -> None:
    cleo = stage.world.clients[user_name(2)]
    await stage.come((stage.ada, 0), (stage.bob, 0), (cleo, 0))
    await stage.until_seen()
    presence = stage.nodes[0].friends.presence
    cleo.quit()  # this change is sent at once, so that the next one waits
    await asyncio.sleep(0.1)
    stage.bob.quit()
    await stage.until(lambda: presence.state_of(BOB) == "offline")
    assert (stage.ada.sees[BOB], stage.ada.sees[cleo.user]) == ("online", "offline")
    out = stage.nodes[0].users.moves.take_out(ADA, stage.nodes[1].name, keeps_socket=True)
    assert out is not None
    assert out.state.session is not None
    assert out.state.session.people is not None
    assert out.state.session.people.seen == {}  # the next node will not send it again
    await stage.until(lambda: stage.ada.sees[BOB] == "offline", 0.5)
    assert out.state.session.people.seq == stage.ada.people_seq


@played
async def test_user_who_is_banned_soon_after_a_change_is_offline_for_friends_at_once(stage: Stage) -> None:
    await stage.come((stage.ada, 0), (stage.bob, 1))
    await stage.until_seen()
    stage.bob.has_quit = True
    await stage.nodes[1].matchmaker.remove_user(BOB, "hangup")
    stage.nodes[1].friends.presence.end(BOB)  # as at the end of the session
    await stage.until_seen(2.0)
    await stage.stays_seen(30.0)


@partial(played, users=3)
async def test_friend_is_not_lost_by_a_request_about_a_user_who_has_arrived_before_it(stage: Stage) -> None:
    cat = stage.world.clients[user_name(2)]
    await stage.come((stage.ada, 1), (stage.bob, 1), (cat, 0))
    # Ada was at the node of Cat, and came to that of Bob by way of the third, faster than this message.
    late = {stage.nodes[1].name: [PresencePair(ADA, "online", BOB)]}
    await stage.nodes[0].friends.presence.nodes._request(late)
    await asyncio.sleep(20)
    assert cat.sees[BOB] == "online"


@played
async def test_answer_after_the_wait_still_tells_who_is_not_there(stage: Stage) -> None:
    await stage.come((stage.ada, 0), (stage.bob, 1))
    await stage.until_seen()
    here, there = stage.nodes[0].friends.presence, stage.nodes[1].friends.presence
    del there.nodes._watching[BOB]  # so that his end is not sent, as when a link is reset
    stage.bob.quit()
    await stage.until(lambda: there.state_of(BOB) == "offline", 40.0)
    await asyncio.sleep(10)
    stage.nodes[1].wires.frozen_until = asyncio.get_running_loop().time() + 0.6
    await here.refresh_all()
    await stage.until_seen(20.0)


@played
async def test_friend_whom_no_node_has_is_offline_after_the_hold_however_often_the_watcher_moves(stage: Stage) -> None:
    await stage.come((stage.ada, 0), (stage.bob, 1))
    await stage.until_seen()
    stage.bob.has_quit = True
    stage.nodes[1].matchmaker.rooms.evict(BOB)
    for place in (2, 0, 2, 0):
        await asyncio.sleep(3.5)
        assert stage.ada.sees[BOB] == "online"
        await stage.come((stage.ada, place))
    await stage.until_seen(3.0)


@played
async def test_client_that_moved_is_shown_friends_again_although_they_cannot_be_loaded(stage: Stage) -> None:
    await stage.come((stage.ada, 0), (stage.bob, 1))
    await stage.until_seen()
    stage.nodes[2].wires.postgres_cut_until = asyncio.get_running_loop().time() + 4
    await stage.come((stage.ada, 2))
    assert stage.nodes[2].wires.postgres_cut_until > asyncio.get_running_loop().time()
    assert stage.ada.sees[BOB] == "online"
    await stage.stays_seen(20.0)


@partial(played, users=3)
async def test_room_is_taken_over_while_a_hello_waits_for_the_presence_of_friends(stage: Stage) -> None:
    here, slow, owner = stage.nodes
    await stage.come((stage.bob, 1))
    await Probe(here).hello(ADA)
    stage.world.stores.flush()  # two nodes own the user until one of them refreshes its entries
    await in_a_room(owner, ADA, user_name(2))
    assert here.cluster.context.owns(ADA)
    room = await here.cluster.context.owners.room_of(ADA)
    assert room is not None
    slow.users.entries.refresh_all()
    await stage.until(lambda: BOB in stage.world.stores.directory.entries)
    slow.wires.frozen_until = asyncio.get_running_loop().time() + 0.9
    probe = Probe(here)
    probe.connection.on_text(json.dumps({"type": "hello", "token": ADA, "features": ["friends"]}))
    await asyncio.sleep(0.1)
    assert not probe.frames
    assert await here.users.take_room(room)  # for the partner, as if the owner were dead
    assert await probe.closed() == 1001
    again = Probe(here)
    assert (await again.hello(ADA))["state"]["phase"] == "in_room"
    assert here.matchmaker.context.user_state(ADA).connected


@played
async def test_friend_who_was_taken_for_a_user_of_this_node_is_looked_for_again(stage: Stage) -> None:
    here, there, _ = stage.nodes
    await stage.come((stage.ada, 0), (stage.bob, 0))
    await stage.until_seen()
    del stage.world.stores.directory.entries[BOB]
    stage.bob.socket = None  # the socket at this node is half open
    await stage.come((stage.bob, 1))
    assert there.cluster.context.owns(BOB)
    assert here.cluster.context.owns(BOB), "the exchange of his owner was refused"
    await stage.until(lambda: not here.cluster.context.owns(BOB))
    await stage.until_seen()
    await stage.stays_seen(30.0)
