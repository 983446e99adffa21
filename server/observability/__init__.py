"""Metrics, live statistics and readiness. Imports moderation, accounts, auth, cluster and db."""
