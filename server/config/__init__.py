"""Settings, secrets, folders and files of an installation. Imports domain, matchmaker and signaling."""
