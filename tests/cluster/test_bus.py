"""The contract of the bus, on every adapter of streams."""

import asyncio

from server.cluster.wire.bus import PACE_S, UNSENT_MAX_BYTES, Bus
from tests.cluster.conftest import Ports, eventually


class End:
    """One node and what it was given."""

    def __init__(self, ports: Ports, node: str) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self.resets: list[str] = []
        self.faults: list[Exception] = []
        self.bus = Bus(ports.streams(node), node)

    async def __aenter__(self) -> "End":
        self.bus.open(self.faults.append)
        self.receiving = asyncio.create_task(self._receive())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.bus.close()
        self.receiving.cancel()
        assert self.faults == []

    async def _receive(self) -> None:
        while True:
            for sender, body in await self.bus.receive():
                if body is None:
                    self.resets.append(sender)
                else:
                    self.messages.append((sender, body))


async def test_messages_arrive_in_order_once_each(ports: Ports) -> None:
    async with End(ports, "one") as one, End(ports, "two") as two:
        for n in range(500):
            one.bus.send("two", b"%d" % n)
            if n % 50 == 0:
                await asyncio.sleep(0)
        await eventually(lambda: len(two.messages) == 500)
        assert two.messages == [("one", b"%d" % n) for n in range(500)]
        assert two.resets == []


async def test_message_to_the_own_node_arrives(ports: Ports) -> None:
    async with End(ports, "one") as one:
        one.bus.send("one", b"hi")
        await eventually(lambda: one.messages == [("one", b"hi")])


async def test_batches_are_paced_after_several_messages(ports: Ports) -> None:
    two = Bus(ports.streams("two"), "two")
    two.open(print)
    async with End(ports, "one") as one:
        began = asyncio.get_running_loop().time()
        one.bus.send("two", b"1")
        one.bus.send("two", b"2")
        assert [body for _, body in await two.receive()] == [b"1", b"2"]
        one.bus.send("two", b"3")
        assert [body for _, body in await two.receive()] == [b"3"]
        assert asyncio.get_running_loop().time() - began >= PACE_S
    await two.close()


async def test_both_directions_concurrently(ports: Ports) -> None:
    async with End(ports, "one") as one, End(ports, "two") as two:
        for n in range(100):
            one.bus.send("two", b"%d" % n)
            two.bus.send("one", b"%d" % n)
        await eventually(lambda: len(one.messages) == len(two.messages) == 100)


async def test_too_much_unsent_resets_both_ends(ports: Ports) -> None:
    async with End(ports, "one") as one, End(ports, "two") as two:
        one.bus.send("two", b"first")
        await eventually(lambda: len(two.messages) == 1)
        for _ in range(5):
            one.bus.send("two", b"x" * (UNSENT_MAX_BYTES // 4))
        await eventually(lambda: one.resets == ["two"])
        await eventually(lambda: two.resets == ["one"])
        one.bus.send("two", b"last")
        await eventually(lambda: two.messages[-1] == ("one", b"last"))


async def test_lost_batch_resets_both_ends(ports: Ports) -> None:
    async with End(ports, "one") as one:
        one.bus.send("two", b"a")
        await eventually(lambda: ports.holds("two"))
        await ports.lose("two")
        async with End(ports, "two") as two:
            one.bus.send("two", b"b")
            await eventually(lambda: two.resets[:1] == ["one"])
            await eventually(lambda: one.resets[:1] == ["two"])
            one.bus.send("two", b"c")
            await eventually(lambda: two.messages == [("one", b"c")])
