"""The embedded PostgreSQL."""

from server.postgres.embedded import Postgres

__all__ = ["Postgres"]
