"""Which nodes live, what the log says of them, and whose the rooms are. Imports ports."""
