"""Hostile frames and connections, and the latency of honest users during them. Imports clients,
judgement and servers.
"""
