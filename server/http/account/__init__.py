"""Sign-up, log-in, and the user's own account. Imports the files of http itself only."""
