"""Costs of users who stay in touch: messages, presence, calls beside messages, and a database full of messages."""
