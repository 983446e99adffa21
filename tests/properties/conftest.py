"""Effort of the property tests: the same examples at every run, bounded; `RONDO_LOOK=hard` runs more and random
ones."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "bounded",
    max_examples=150,
    stateful_step_count=50,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
settings.register_profile("hard", parent=settings.get_profile("bounded"), max_examples=4_000, derandomize=False)
settings.load_profile("hard" if os.environ.get("RONDO_LOOK") == "hard" else "bounded")
