"""The contracts of who may import whom notice a breach."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small project under our contracts."""
    for package in ("matchmaker", "signaling", "server", "server/ledger", "server/cluster"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    for name in ("pyproject.toml", "import_rules.py"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    return tmp_path


def lint(tree: Path, module: str, text: str) -> tuple[int, str]:
    (tree / f"{module.replace('.', '/')}.py").write_text(text)
    result = subprocess.run(LINT, cwd=tree, capture_output=True, text=True, check=False)
    return result.returncode, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("matchmaker.queue", "import asyncio, json, msgspec"),
        ("server.cluster.client_redis", "import redis.asyncio"),
        ("signaling.hub", "import matchmaker"),
        ("signaling.socket", "from aiohttp import web"),
        ("signaling.socket_fast", "import aiohttp"),
        ("server.app", "import aiohttp, structlog, signaling, matchmaker"),
        ("server.ledger.rooms", "import asyncpg"),
    ],
)
def test_what_the_architecture_allows(tree: Path, module: str, text: str):
    code, output = lint(tree, module, text)
    assert code == 0, output


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("matchmaker.queue", "import signaling"),
        ("matchmaker.queue", "import structlog"),
        ("matchmaker.state_store", "def f():\n    import redis"),
        ("signaling.hub", "import server"),
        ("signaling.hub", "import aiohttp.web"),
        ("signaling.hub", "import prometheus_client"),
        ("server.app", "import asyncpg"),
        ("server.app", "from redis.asyncio import Redis"),
    ],
)
def test_what_it_does_not(tree: Path, module: str, text: str):
    code, output = lint(tree, module, text)
    assert code != 0
    assert module in output
