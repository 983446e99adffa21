"""Services of channels and messages. Imports their rules, server.db.channels and signaling's channel objects."""
