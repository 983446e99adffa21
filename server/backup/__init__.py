"""Backups: one file with the database and the secrets, its check and its restore. Imports config, db and postgres."""
