"""From a user to their connection: hub, replay and signal buffers. Imports matchmaker and wire."""
