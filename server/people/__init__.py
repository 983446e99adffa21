"""Services of friends, presence, channels and notifications. Imports their rules, server.ledger and signaling."""
