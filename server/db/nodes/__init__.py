"""Which processes serve, which rooms they own, who is connected. Imports the files of db itself only."""
