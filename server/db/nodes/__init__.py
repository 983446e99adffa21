"""Live processes, the rooms they own, and connected users. Imports the files of db itself only."""
