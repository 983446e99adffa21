"""Servers, Redis, links and proxies that a drill can break. Imports clients."""
