"""The WebSocket protocol: frames, connections, sessions, and the server that owns them. Imports matchmaker."""
