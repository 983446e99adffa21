"""Live processes, the rooms they own, and connected users. Imports no other package."""
