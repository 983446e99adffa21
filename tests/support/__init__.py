"""Harnesses: clients, servers, stores and models that tests of several folders use."""
