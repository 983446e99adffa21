"""Build hook: migrations and web files travel inside the wheel, and stay where they are in a checkout."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg,misc]
    """Adds both folders under `server/`, except to an editable build, where a copy would go stale."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name what is laid into the archive."""
        if version == "editable":
            return
        for folder in ("migrations", "web"):
            if (Path(self.root) / folder).is_dir():
                build_data["force_include"][folder] = f"server/{folder}"
