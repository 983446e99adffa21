"""A real PgBouncer in front of the database of the tests."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from server.drill.servers.ports import steady_port
from tests.deploy.conftest import TOOLS, tool, until_open

LIBRARIES = TOOLS / "lib"


@contextmanager
def pgbouncer(dsn: str, folder: Path, mode: str) -> Iterator[str]:
    """Give the URL of the database *dsn* as reached through a PgBouncer with its defaults in pool mode *mode*."""
    program, port, parts = tool("pgbouncer"), steady_port(), urlsplit(dsn)
    host = parse_qs(parts.query)["host"][0]
    file = folder / "pgbouncer.ini"
    file.write_text(
        f"[databases]\n* = host={host} port=5432 user={parts.username}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = any\npool_mode = {mode}\n"
    )
    file.chmod(0o644)
    folder.chmod(0o755)
    libraries = ":".join(str(path) for path in LIBRARIES.glob("*-linux-gnu"))
    # It refuses to run as root, and has to get at the socket of the database.
    user = ["-u", Path(host).owner()] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        [program, "-q", *user, str(file)], env={"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": libraries}
    )
    try:
        until_open(port)
        yield f"postgresql://{parts.username}@127.0.0.1:{port}{parts.path}"
    finally:
        process.terminate()
        process.wait(20)
