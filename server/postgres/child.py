"""A program of PostgreSQL as a child process that ends with its parent."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from server.postgres.owner import Owner

LAUNCH = Path(__file__).with_name("launch.py")
ENVIRONMENT = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
"""The environment of the child: no PGDATA, no locale of the operator, no secrets."""


GENTLE = {signal.SIGINT}
"""Signals that are blocked until the program handles them: an earlier one would end it with partly written files."""


class Child:
    """A running program; create it in the main thread, because Linux ends the child with the thread that created it."""

    def __init__(
        self,
        command: Sequence[str],
        owner: Owner,
        *,
        reach: Sequence[Path],
        log: Path,
        death: signal.Signals,
        text: str = "",
    ) -> None:
        """Start *command* as *owner*, with access to the folders *reach*; *death*: the signal it gets when the parent
        ends.

        Its input is *text*, and its output is appended to *log*.
        """
        wish = {
            "argv": list(command),
            "env": ENVIRONMENT,
            "gid": owner.gid,
            "parent": os.getpid(),
            "paths": [str(path) for path in reach],
            "signal": int(death),
            "uid": owner.uid,
        }
        with tempfile.TemporaryFile() as stdin, log.open("ab") as output:
            stdin.write(text.encode())
            stdin.seek(0)
            # The child inherits the blocked signals; `postgres` unblocks them once it has its handlers.
            blocked = signal.pthread_sigmask(signal.SIG_BLOCK, GENTLE)
            try:
                # A session of its own: Ctrl-C on the terminal reaches only this process, which stops the child itself.
                self._process = subprocess.Popen(  # noqa: S603 - no shell, our own script
                    [sys.executable, "-I", "-S", str(LAUNCH), json.dumps(wish)],
                    cwd="/",
                    stdin=stdin,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    @property
    def pid(self) -> int:
        """Its process id; unchanged by the exec of the program."""
        return self._process.pid

    def code(self) -> int | None:
        """Return its exit code, None while it runs."""
        return self._process.poll()

    def send(self, word: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(word)
