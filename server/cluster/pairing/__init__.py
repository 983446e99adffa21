"""Tickets without a match on their node. Imports users and wire."""
