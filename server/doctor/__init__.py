"""`rondo doctor`: a file a part of the service, each of which answers when the part is down. Imports cluster, config,
db, http, observability, runtime and signaling.
"""
