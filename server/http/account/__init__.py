"""Sign-up, log-in, and the user's own account. Imports no other package."""
