"""Several nodes: ownership of users, messages, moves and takeovers. Imports db, runtime, config, domain."""
