"""SQL, one file per subject; the only package that imports asyncpg. Imports config, domain, matchmaker, runtime and
signaling.
"""
