"""One client, without I/O: handshake, handlers, limits, outbox. Imports matchmaker, routing and wire."""
