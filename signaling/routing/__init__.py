"""From a user to their connection: hub, replay and signal buffers. Imports wire and matchmaker."""
