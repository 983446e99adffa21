"""Channels, their messages, members, marks and files in PostgreSQL: one file a subject, SQL beside its function."""
