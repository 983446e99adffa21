"""The HTTP API: one file per resource, the table of routes, and the application that serves them. Imports accounts,
auth, config, db, domain, matchmaker, moderation, observability, people, runtime and signaling.
"""
