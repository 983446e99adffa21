"""Counters of the sockets since the start."""

from collections import Counter, defaultdict

BUFFERS = ("outbox", "replay", "held")
"""Waiting bytes: in sockets, for replay, and signals for absent peers."""


class SocketStats:
    """Counters for the metrics; no decision depends on them."""

    def __init__(self) -> None:
        self.connections = 0
        """Sockets that are open now."""
        self.sessions = 0
        """Users who are connected and have sent a hello."""
        self.accepted = 0
        """Sockets opened since the start."""
        # Raised for every frame: that of a Counter costs three times as much.
        self.frames_in: defaultdict[str, int] = defaultdict(int)
        """Frames that were decoded, by type."""
        self.frames_out: defaultdict[str, int] = defaultdict(int)
        """Events, by type; `reply`, `error`, `welcome` and `pong` under their own names."""
        self.errors: Counter[str] = Counter()
        """Error frames, by code."""
        self.closes: Counter[str] = Counter()
        """Sockets that ended, by the label of the close code (`closecodes.label_of`)."""
        self.silent = 0
        """Sockets closed because a client that announced a heartbeat was silent for too long."""
        self.resumes: Counter[str] = Counter()
        """Hellos that asked to resume: `resumed` or `fresh`."""
        self.buffered = dict.fromkeys(BUFFERS, 0)
        """Bytes that wait for slow or absent readers, as last measured."""
        self.shed: Counter[str] = Counter()
        """Shed for lack of memory: sockets, events of sessions, signals of rooms."""
        self.signals_held = 0
        """Signals that had to wait for an absent peer."""
        self.signals_dropped = 0
        """Signals that waited and were never delivered."""
        self.forwarded: Counter[str] = Counter()
        """Frames of clients sent to their owner (`up`), frames for clients sent to their edge (`down`)."""
        self.moves: Counter[str] = Counter()
        """Users that moved to (`in`) or from (`out`) another node, were `refused`, or `dropped` without an answer."""
