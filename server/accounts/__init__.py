"""Accounts from sign-up to deletion: access, referrals, passwords, and the sign-up gate. Imports people, auth, cluster
and db.
"""
