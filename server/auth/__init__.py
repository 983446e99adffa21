"""Who is it, and from where: tokens, digests, bans of addresses, limits of attempts. Imports cluster and db."""
