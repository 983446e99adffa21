"""Accounts from sign-up to deletion: access, referrals, passwords. Imports people, auth, cluster and db."""
