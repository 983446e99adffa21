"""Bans, limits of attempts, and the audit log. Imports notifications."""
