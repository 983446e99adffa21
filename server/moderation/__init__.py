"""Reports, bans and appeals, and their enforcement. Imports auth, db, domain, matchmaker, runtime and signaling."""
