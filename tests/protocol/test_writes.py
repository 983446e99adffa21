"""Several frames to one client within one iteration of the loop share a write."""

import asyncio

from signaling.transport.aiohttp_fast_socket import FastSocket
from tests.protocol.node import Node


class Recorder(asyncio.Transport):
    """A transport that records what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.is_over = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def is_closing(self) -> bool:
        return self.is_over

    def abort(self) -> None:
        self.is_over = True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """It holds nothing back."""

    def get_write_buffer_size(self) -> int:
        return 0


def connect(node: Node) -> tuple[FastSocket, Recorder]:
    transport = Recorder()
    return FastSocket(transport, node.signaling, address="192.0.2.1", device=""), transport


async def test_single_frame_is_written_immediately() -> None:
    client, transport = connect(Node())
    client.send(b"one")
    assert transport.writes == [b"\x81\x03one"]


async def test_frames_of_an_iteration_with_events_share_a_write() -> None:
    node = Node()
    (ada, at_ada), (bob, at_bob) = connect(node), connect(node)
    node.signaling.hub.writes.hold()
    for frame in (b"one", b"two"):
        ada.send(frame)
        bob.send(frame)
    assert not at_ada.writes + at_bob.writes
    await asyncio.sleep(0)
    assert at_ada.writes == at_bob.writes == [b"\x81\x03one\x81\x03two"]
    ada.send(b"six")
    assert at_ada.writes[1:] == [b"\x81\x03six"]


async def test_held_frames_precede_the_closing_handshake() -> None:
    node = Node()
    client, transport = connect(node)
    node.signaling.hub.writes.hold()
    client.send(b"one")
    client.close(1000)
    assert transport.writes == [b"\x81\x03one\x88\x02\x03\xe8"]
    await asyncio.sleep(0)
    assert len(transport.writes) == 1


async def test_closed_transport_is_not_written_to() -> None:
    node = Node()
    client, transport = connect(node)
    node.signaling.hub.writes.hold()
    client.send(b"one")
    transport.abort()
    await asyncio.sleep(0)
    assert not transport.writes
