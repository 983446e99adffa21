"""Who meets whom, and for how long."""
