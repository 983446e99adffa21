"""Plumbing of a process: logs, listeners, descriptors, workers, signals. Imports config and domain."""
