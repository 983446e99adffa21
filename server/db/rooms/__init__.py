"""Rooms, from opening to the history of their users: the repository of the matchmaker. Imports accounts, people."""
