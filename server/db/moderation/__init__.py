"""Reports with their evidence, and who may decide. Imports rooms, accounts, people, channels and safety."""
