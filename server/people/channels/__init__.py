"""Services of channels and messages. Imports files."""
