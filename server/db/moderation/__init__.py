"""Reports with their evidence, and roles of moderators. Imports rooms, accounts, people, channels and safety."""
