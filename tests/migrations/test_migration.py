"""The grammar of the files."""

from pathlib import Path

import pytest

from server.config import assets
from server.config.errors import StartupError
from server.db.maintenance.migration import read


def write(folder: Path, **files: str) -> Path:
    for name, sql in files.items():
        (folder / f"{name[1:]}.sql").write_bytes(sql.encode())
    return folder


def test_files_are_read_in_order_and_others_are_ignored(tmp_path: Path):
    write(tmp_path, _0002_rooms="SELECT 2", _0001_people="SELECT 1")
    (tmp_path / "README.md").write_text("about")
    assert [(m.version, m.name) for m in read(tmp_path)] == [(1, "0001_people.sql"), (2, "0002_rooms.sql")]


def test_empty_folder_has_no_migrations(tmp_path: Path):
    assert read(tmp_path) == ()


@pytest.mark.parametrize("name", ["1_people", "0001-people", "0001_People", "0001_", "0001", "people", "00001_people"])
def test_misnamed_file_is_refused(tmp_path: Path, name: str):
    (tmp_path / f"{name}.sql").write_text("SELECT 1")
    with pytest.raises(StartupError, match="misnamed"):
        read(tmp_path)


@pytest.mark.parametrize("numbers", [["0002"], ["0001", "0003"], ["0000"]])
def test_numbers_have_no_gap(tmp_path: Path, numbers: list[str]):
    for number in numbers:
        (tmp_path / f"{number}_x.sql").write_text("SELECT 1")
    with pytest.raises(StartupError, match="out of order"):
        read(tmp_path)


def test_duplicate_number_is_refused(tmp_path: Path):
    with pytest.raises(StartupError, match="out of order: number 0002"):
        read(write(tmp_path, _0001_a="SELECT 1", _0001_b="SELECT 1"))


@pytest.mark.parametrize("sql", ["", "  \n", "-- nothing\n", "/* nothing\nat all */\n"])
def test_file_without_a_statement_is_refused(tmp_path: Path, sql: str):
    with pytest.raises(StartupError, match="empty"):
        read(write(tmp_path, _0001_a=sql))


@pytest.mark.parametrize("word", ["BEGIN;", "commit ;", "  Rollback;", "START  TRANSACTION;"])
def test_transaction_statements_are_refused(tmp_path: Path, word: str):
    with pytest.raises(StartupError, match="one transaction"):
        read(write(tmp_path, _0001_a=f"SELECT 1;\n{word}\nSELECT 2;"))


def test_function_body_is_no_transaction(tmp_path: Path):
    sql = "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 1;\nEND;\n$$;"
    assert not read(write(tmp_path, _0001_a=sql))[0].is_alone


def test_no_transaction_directive(tmp_path: Path):
    sql = "-- rondo: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (x);"
    assert read(write(tmp_path, _0001_a=sql))[0].is_alone


def test_unknown_directive_is_refused(tmp_path: Path):
    with pytest.raises(StartupError, match="no-transactoin"):
        read(write(tmp_path, _0001_a="-- rondo: no-transactoin\nSELECT 1;"))


def test_contraction_names_the_release_that_stopped_reading(tmp_path: Path):
    sql = "-- rondo: contracts what nobody reads since 0.3.0\nDROP TABLE t;"
    [migration] = read(write(tmp_path, _0001_a=sql))
    assert (migration.unread_since, migration.is_alone) == ("0.3.0", False)
    for vague in ("contracts", "contracts what nobody reads", "contracts what nobody reads since yesterday"):
        with pytest.raises(StartupError, match="unknown"):
            read(write(tmp_path, _0001_a=f"-- rondo: {vague}\nDROP TABLE t;"))


def test_file_that_is_not_utf8_is_refused(tmp_path: Path):
    (tmp_path / "0001_a.sql").write_bytes(b"SELECT '\xff'")
    with pytest.raises(StartupError, match="UTF-8"):
        read(tmp_path)


def test_line_ends_do_not_change_the_checksum(tmp_path: Path):
    [unix] = read(write(tmp_path, _0001_a="SELECT 1\n;\n"))
    [dos] = read(write(tmp_path, _0001_a="SELECT 1\r\n;\r\n"))
    assert unix.checksum == dos.checksum


def test_our_files_are_valid():
    assert read(assets.migrations())
