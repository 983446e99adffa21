"""Deletion by age or with an account, and export. Imports accounts, channels, moderation, nodes, notifications, people,
rooms and safety.
"""
