"""The contract of heartbeats, on every adapter."""

from tests.cluster.conftest import Ports


async def test_nodes_see_each_other(ports: Ports) -> None:
    one, two = ports.heartbeats("one"), ports.heartbeats("two")
    await one.beat(draining=False)
    found = await two.beat(draining=False)
    assert set(found.seen) == {"one", "two"}
    assert found.at >= max(found.seen.values())
    assert found.draining == frozenset()


async def test_draining_is_seen(ports: Ports) -> None:
    one, two = ports.heartbeats("one"), ports.heartbeats("two")
    await one.beat(draining=True)
    assert (await two.beat(draining=False)).draining == {"one"}


async def test_node_that_left_is_not_seen(ports: Ports) -> None:
    one, two = ports.heartbeats("one"), ports.heartbeats("two")
    await one.beat(draining=False)
    await one.leave()
    assert set((await two.beat(draining=False)).seen) == {"two"}


async def test_memory_loss_is_detected_by_the_first_heartbeat(ports: Ports) -> None:
    one = ports.heartbeats("one")
    assert (await one.beat(draining=False)).is_new
    assert not (await one.beat(draining=False)).is_new
    await ports.flush()
    assert (await one.beat(draining=False)).is_new
