"""Notifications: the list, and e-mail. Imports no other package."""
