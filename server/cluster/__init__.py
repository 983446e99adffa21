"""Several nodes: ownership of users, messages, moves and takeovers. Imports config, db, domain, matchmaker, runtime and
signaling.
"""
