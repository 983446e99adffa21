"""Plumbing of a process: logs, listeners, descriptors, workers, signals. Imports config, domain and matchmaker."""
