"""The HTTP API: a file a resource, the table of routes, and what serves them. Imports everything below app."""
