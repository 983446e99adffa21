"""Files of messages in a backup."""

import io
from pathlib import Path

import pytest

from server.backup import files
from server.config.errors import StartupError


def test_backup_contains_message_files_only(tmp_path: Path) -> None:
    name = "0193f3a0-0000-7000-8000-0000000000ab"
    there, back = tmp_path / "there", tmp_path / "back"
    (there / "files" / "ab").mkdir(parents=True)
    (there / "files" / "ab" / name).write_bytes(b"picture" * 100_000)
    (there / "files" / "ab" / f"{name}.part").write_bytes(b"half")
    (there / "incoming").mkdir()
    (there / "incoming" / name).write_bytes(b"unchecked")
    out = io.BytesIO()
    files.write(there, out.write)
    chunks = iter([out.getvalue()[:1_000], out.getvalue()[1_000:]])
    assert files.restore(chunks, back) == 1
    assert [path.relative_to(back).as_posix() for path in back.rglob("*") if path.is_file()] == [f"files/ab/{name}"]
    assert (back / "files" / "ab" / name).read_bytes() == b"picture" * 100_000
    changed = out.getvalue().replace(b"files/ab", b"../../ab")
    with pytest.raises(StartupError):
        files.restore(iter([changed]), back)
