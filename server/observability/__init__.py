"""Metrics, live statistics and readiness. Imports accounts, auth, cluster, config, db, matchmaker, runtime and
signaling.
"""
