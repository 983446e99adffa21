"""Hostile frames and connections, and what honest users wait meanwhile. Imports clients, judgement and servers."""
