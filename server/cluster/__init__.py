"""Several nodes: ownership of users, messages between nodes, moves and takeovers. Imports matchmaker and signaling."""
