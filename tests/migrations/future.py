"""The migration of a release to come: it adds something everywhere, and takes nothing away."""

import re
from pathlib import Path


def add_everywhere(folder: Path) -> str:
    """Write a migration into *folder* that adds a column to every table of the others; return its name."""
    files = sorted(folder.glob("*.sql"))
    tables = re.findall(r"^CREATE TABLE (\w+)", "".join(path.read_text() for path in files), re.MULTILINE)
    name = f"{len(files) + 1:04}_the_future.sql"
    lines = [f"ALTER TABLE {table} ADD COLUMN of_the_future text NOT NULL DEFAULT 'later';" for table in tables]
    (folder / name).write_text("\n".join(lines))
    return name
