"""Matchmaking: queue, invites, rooms, chat, presence; the facade `Matchmaker` over services, ports and pure rules.
Imports no other package.
"""
