"""Drills: break a running service on purpose, with real calls in it, and tell what the people felt. Imports config, db,
matchmaker, mirror and postgres.
"""
