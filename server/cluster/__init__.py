"""Several nodes: who owns whom, messages between nodes, moves and takeovers. Imports matchmaker and signaling."""
