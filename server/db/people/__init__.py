"""Blocks, friends, and friend requests. Imports the files of db itself only."""
