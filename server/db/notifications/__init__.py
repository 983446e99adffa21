"""What users are told later: the list of notifications, and e-mail. Imports the files of db itself only."""
