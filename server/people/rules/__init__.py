"""Pure rules of friends, presence, channels and notifications. Imports the standard library and matchmaker values."""
