"""The report as files: one JSON, and one page that a person can read."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from server.drill.report import Report


def write(report: Report, folder: Path) -> list[Path]:
    """Write the report into *folder*; return the files, the JSON first."""
    folder.mkdir(parents=True, exist_ok=True)
    at = datetime.fromtimestamp(report.began_at / 1_000, UTC)
    name = f"{report.drill}-{at:%Y%m%d-%H%M%S}"
    data = folder / f"{name}.json"
    data.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1))
    return [data]
