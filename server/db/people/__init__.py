"""Blocks, friends, and friend requests. Imports no other package."""
