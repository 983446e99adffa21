"""Services of channels and messages. Imports their rules, server.ledger.channels and signaling's channel objects."""
