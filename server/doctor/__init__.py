"""`rondo doctor`: one check per file, each of which also reports when its part of the service is down. Imports cluster,
config, db, http, matchmaker, observability, people, runtime and signaling.
"""
