"""One client, without I/O: handshake, handlers, limits, outbox. Imports routing, wire, matchmaker."""
