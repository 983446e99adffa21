"""Detection of a silent server, as in `web/client/watch.js`: the same states, instants and numbers."""

import asyncio
import math
from collections.abc import Callable
from typing import Any

from server.drill.clients.timings import timings

IDLE_S = 20.0
"""Maximum silence of a server where no heartbeat applies and `welcome` has no value."""


class Watch:
    """Sends a ping after a silence, and closes when nothing is received in time.

    received ─silence→ pinged ─silence→ closed          pinged ─any frame→ received
    """

    def __init__(self, *, ask: Callable[[], None], give_up: Callable[[], None]) -> None:
        self._ask = ask
        self._give_up = give_up
        self._is_urgent = False
        self._heartbeat: tuple[float, float] | None = None
        self._idle_s = IDLE_S
        self._is_on = False
        self._heard_at = self._sent_at = 0.0
        self._asked_at: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self, welcome: dict[str, Any]) -> None:
        """Start, with the terms of the server's welcome."""
        self._idle_s = welcome["heartbeat_s"]
        agreed = welcome.get("heartbeat")
        self._heartbeat = None if agreed is None else _agreed(**agreed)
        self._is_on = True
        self._heard_at = _now()
        self.probe()

    def stop(self) -> None:
        """Stop."""
        self._is_on, self._asked_at = False, None
        if self._timer is not None:
            self._timer.cancel()

    def set_urgent(self, is_urgent: bool) -> None:
        """Record whether the heartbeat applies: in an invite or a room."""
        if is_urgent != self._is_urgent:
            self._is_urgent = is_urgent
            self._look()

    def heard(self) -> None:
        """Record a received frame."""
        self._heard_at, self._asked_at = _now(), None

    def sent(self) -> None:
        """Record a sent frame."""
        self._sent_at = _now()

    def probe(self) -> None:
        """Send a ping now."""
        if self._is_on:
            now = _now()
            self._asked_at = now if self._asked_at is None else self._asked_at
            self._sent_at = now
            self._ask()
            self._look()

    def _look(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if not self._is_on:
            return
        now, heartbeat = _now(), self._heartbeat if self._is_urgent else None
        ping_s, silent_s = heartbeat or (self._idle_s, self._idle_s + timings().probe_timeout)
        give_up_at, ask_at = math.inf, self._heard_at + ping_s
        if self._asked_at is not None:
            silent_at = 0.0 if heartbeat is None else self._heard_at + silent_s
            give_up_at, ask_at = max(self._asked_at + silent_s - ping_s, silent_at), math.inf
        send_at = math.inf if heartbeat is None else self._sent_at + ping_s
        if now >= give_up_at:
            self._give_up()
        elif now >= min(ask_at, send_at):
            self.probe()
        else:
            due_at = min(give_up_at, ask_at, send_at)
            self._timer = asyncio.get_running_loop().call_at(due_at, self._fire, due_at)

    def _fire(self, due_at: float) -> None:
        # The drill itself was blocked, and received data may not have been read: send one more ping.
        if _now() - due_at > timings().stall and self._asked_at is not None:
            self._asked_at = _now()
        self._look()


def _now() -> float:
    return asyncio.get_running_loop().time()


def _agreed(*, ping_s: float, server_silent_s: float, client_silent_s: float) -> tuple[float, float]:
    """Return when to ping and when to close: an answer has time to arrive, and one lost ping is not a timeout."""
    return min(ping_s, 0.6 * server_silent_s, 0.5 * client_silent_s), server_silent_s
