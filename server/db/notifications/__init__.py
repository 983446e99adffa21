"""Notifications: the list, and e-mail. Imports the files of db itself only."""
