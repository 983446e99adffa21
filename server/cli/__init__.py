"""The command `rondo`."""
