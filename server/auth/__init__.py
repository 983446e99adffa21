"""Identity and origin of requests: tokens, keyed digests, bans of addresses, limits of attempts. Imports cluster,
config, db, domain, matchmaker and signaling.
"""
