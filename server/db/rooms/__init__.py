"""Rooms, from opening to history: the room repository of the matchmaker. Imports accounts and people."""
