"""Friends, channels, files and notifications among people who met. Imports auth, config, db, domain, matchmaker,
runtime and signaling.
"""
