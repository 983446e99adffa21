"""The command, and the one name that an installed wheel claims: our packages lie inside it, for our processes alone.

In a checkout they lie beside it (docs/decisions/0015-one-name.md).
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    """Run the command line, with our own packages before anybody else's of the same name."""
    if (HERE / "server").is_dir():
        sys.path.insert(0, str(HERE))
        # Workers, mirrors and drills are processes of their own.
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(HERE), os.environ.get("PYTHONPATH"))))
    from server.cli import main as run  # noqa: PLC0415 - found only now

    run()
