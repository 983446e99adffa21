"""The embedded PostgreSQL: programs, data folder, process. Imports config."""

from server.postgres.embedded import Postgres

__all__ = ["Postgres"]
