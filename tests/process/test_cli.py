"""The command: what it prints, and how it fails."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from server.config.data_dir import DataDir
from server.config.version import VERSION
from tests.support.command import complaint, rondo

ROOT = Path(__file__).parents[2]


def test_version(tmp_path: Path):
    assert rondo("--version", cwd=tmp_path).stdout == f"rondo {VERSION}\n"


def test_version_imports_no_server(tmp_path: Path):
    code = (
        "import sys, server.cli; print([name for name in ('aiohttp', 'asyncpg', 'rich', 'av') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], cwd=tmp_path, text=True) == "[]\n"


def test_config_prints_settings_without_secrets(tmp_path: Path):
    result = rondo(
        "config", cwd=tmp_path, PORT="9", DATABASE_URL="postgresql://a:hunter2@h/d", RONDO_TURN_SECRET="hunter3"
    )
    assert result.returncode == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["PORT=9", "#", "environment"] in lines
    assert ["RONDO_GRACE_S=10", "#", "default"] in lines
    assert ["DATABASE_URL=postgresql://a:***@h/d", "#", "environment"] in lines
    assert "hunter" not in result.stdout


def test_config_explain(tmp_path: Path):
    assert "# How long an invite stays open." in rondo("config", "--explain", cwd=tmp_path).stdout


def test_misspelt_variable_is_a_warning(tmp_path: Path):
    assert "did you mean RONDO_GRACE_S?" in rondo("config", cwd=tmp_path, RONDO_GRACES="1").stderr


@pytest.mark.parametrize("command", ["serve", "migrate", "config"])
def test_all_invalid_settings_are_reported(tmp_path: Path, command: str):
    lines = complaint(rondo(command, cwd=tmp_path, PORT="x", RONDO_GRACE_S="-1"), 2)
    assert [line.split("=")[0] for line in lines] == ["rondo: PORT", "rondo: RONDO_GRACE_S"]


def test_invalid_flag_is_named(tmp_path: Path):
    assert complaint(rondo("serve", "--port", "x", cwd=tmp_path), 2)[0].startswith("rondo: --port=x: must be a port")


def test_migrate_twice(data_dir: Path):
    first = rondo("migrate", cwd=data_dir)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.startswith("applied 0001_")
    assert rondo("migrate", cwd=data_dir).stdout == "the database is up to date (0 applied)\n"


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_data_directory_in_use_is_one_line(tmp_path: Path, command: str):
    folder = DataDir(tmp_path / "data")
    folder.hold()
    [line] = complaint(rondo(command, cwd=tmp_path))
    assert f"in use by another rondo (process {os.getpid()})" in line
    folder.release()


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_unwritable_data_directory_is_one_line(tmp_path: Path, command: str):
    (tmp_path / "file").touch()
    [line] = complaint(rondo(command, cwd=tmp_path, RONDO_DATA_DIR=str(tmp_path / "file" / "data")), 2)
    assert "cannot be written" in line


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_unreachable_database_is_one_line(tmp_path: Path, command: str):
    url = "postgresql://a:hunter2@127.0.0.1:9/d"
    [line] = complaint(rondo(command, cwd=tmp_path, DATABASE_URL=url, RONDO_START_WAIT_S="0"))
    assert "cannot be reached" in line
    assert "hunter2" not in line


def test_port_in_use_is_one_line(data_dir: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = complaint(rondo("serve", cwd=data_dir, PORT=port))[-1]
    assert port in line


def test_lost_secret_is_one_line(data_dir: Path):
    (data_dir / "secrets.env").write_text("")
    lines = complaint(rondo("serve", cwd=data_dir, RONDO_DATA_DIR=str(data_dir), PORT="0"))
    assert "has no RONDO_SECRET" in lines[-1]
