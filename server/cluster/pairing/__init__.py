"""Tickets that found nobody at their node. Imports users and wire."""
