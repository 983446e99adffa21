"""The mirror: a partner for users who wait alone, which sends their own picture back; a process of its own. Imports
auth, db, matchmaker and signaling.
"""
