"""What survives a restart: one file a subject, SQL beside its function."""
