"""Reports with their evidence, and roles of moderators. Imports accounts, channels, notifications, people, rooms and
safety.
"""
