"""Tasks of a node about other nodes: their faults are reported, and an outage is none."""

from collections.abc import Callable, Coroutine
from typing import Any

from matchmaker.domain.errors import Unavailable
from signaling.routing.tasks import Tasks


class NodeTasks:
    """Runs what messages of other nodes ask for."""

    def __init__(self, tasks: Tasks, on_fault: Callable[[BaseException], None]) -> None:
        self._tasks = tasks
        self._on_fault = on_fault

    def spawn(self, work: Coroutine[Any, Any, object]) -> None:
        """Run *work* to its end."""
        self._tasks.spawn(self.run(work))

    async def run(self, work: Coroutine[Any, Any, object]) -> None:
        """Run *work*; report what goes wrong."""
        try:
            await work
        except Unavailable:
            pass  # the caller finds out by its timeout
        except Exception as fault:  # noqa: BLE001 - reported to the operator
            self._on_fault(fault)
