"""`rondo doctor`: one check per file, each of which also reports when its part of the service is down. Imports cluster,
config, db, http, observability, people, runtime and signaling.
"""
