"""Contracts of what the services need from outside. Imports domain."""
