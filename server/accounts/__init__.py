"""Accounts from sign-up to deletion: access, referrals, passwords, and the sign-up gate. Imports auth, config, db,
domain, matchmaker, people and signaling.
"""
