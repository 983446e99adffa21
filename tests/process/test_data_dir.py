"""One server at a time, in a folder that can be written; and the secrets in it."""

import os
import subprocess
from pathlib import Path

import pytest

from server.config import secret_key
from server.config.data_dir import DataDir
from server.config.errors import StartupError
from server.config.loader import load
from tests.process.conftest import Spawn

HOLDER = """
import sys, pathlib
from server.config.data_dir import DataDir

DataDir(pathlib.Path(sys.argv[1])).hold()
print(flush=True)
input()
"""


def refusal(path: Path) -> str:
    with pytest.raises(StartupError) as caught:
        DataDir(path).hold()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_parent_folders_are_created(tmp_path: Path):
    folder = DataDir(tmp_path / "a" / "b c")
    folder.hold()
    assert (tmp_path / "a" / "b c").stat().st_mode & 0o066 == 0
    folder.release()
    folder.release()


def test_second_holder_is_refused_with_the_first_pid(tmp_path: Path):
    folder = DataDir(tmp_path)
    folder.hold()
    assert f"in use by another rondo (process {os.getpid()})" in refusal(tmp_path)
    folder.release()
    DataDir(tmp_path).hold()


def test_death_of_the_holder_frees_it(tmp_path: Path, spawn: Spawn):
    holder = spawn("-c", HOLDER, tmp_path, stdin=subprocess.PIPE)
    holder.stdout.readline()
    assert f"process {holder.pid}" in refusal(tmp_path)
    holder.kill()
    holder.wait()
    DataDir(tmp_path).hold()


def test_folder_that_cannot_be_created_is_one_line(tmp_path: Path):
    (tmp_path / "file").touch()
    assert "cannot be written (Not a directory)" in refusal(tmp_path / "file" / "data")


def test_key_is_created_once_and_private(tmp_path: Path):
    settings = load({"RONDO_DATA_DIR": str(tmp_path)})
    key = secret_key.load_or_create(settings)
    assert len(key) == 32
    assert secret_key.load_or_create(settings) == key
    assert (tmp_path / "secrets.env").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.env"]


def test_lost_key_beside_a_database_is_refused_with_instructions(tmp_path: Path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18")
    with pytest.raises(StartupError, match=r"secrets\.env is missing.*rondo restore FILE --secrets-only.*RONDO_SECRET"):
        secret_key.load_or_create(load({"RONDO_DATA_DIR": str(tmp_path)}))
    assert not (tmp_path / "secrets.env").exists()
    assert secret_key.load_or_create(load({"RONDO_DATA_DIR": str(tmp_path), "RONDO_SECRET": "A" * 43}))


def test_installations_have_different_keys(tmp_path: Path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first, second = (secret_key.load_or_create(load({"RONDO_DATA_DIR": str(tmp_path / name)})) for name in ("a", "b"))
    assert first != second


@pytest.mark.parametrize("text", ["A" * 43, "A" * 43 + "=", "_" * 43])
def test_key_from_the_environment_is_not_written(tmp_path: Path, text: str):
    key = secret_key.load_or_create(load({"RONDO_DATA_DIR": str(tmp_path), "RONDO_SECRET": text}))
    assert key == (b"\x00" if text[0] == "A" else b"\xff") * 32 or text[0] == "_"
    assert len(key) == 32
    assert not list(tmp_path.iterdir())


def test_file_without_its_key_is_not_overwritten(tmp_path: Path):
    (tmp_path / "secrets.env").write_text("# empty\n")
    with pytest.raises(StartupError, match="has no RONDO_SECRET"):
        secret_key.load_or_create(load({"RONDO_DATA_DIR": str(tmp_path)}))


def test_missing_folder_is_one_line(tmp_path: Path):
    with pytest.raises(StartupError, match="cannot be written"):
        secret_key.load_or_create(load({"RONDO_DATA_DIR": str(tmp_path / "none")}))
