"""TCP connections from accept to the first request, and the upgrade. Imports no other package."""
