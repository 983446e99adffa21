"""Settings, secrets, directories and asset files. Imports domain, matchmaker and signaling."""
