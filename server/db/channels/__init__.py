"""Channels, their messages, members, marks and files in PostgreSQL: one file per subject, SQL beside its function.
Imports notifications and people.
"""
