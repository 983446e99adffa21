"""Hostile frames and connections, and what honest users wait meanwhile. Imports drill_context, clients and servers."""
