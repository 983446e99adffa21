"""Load, decide, commit, publish; and the state in memory that they share. Imports domain and ports."""
