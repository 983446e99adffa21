"""Preparations before a fault, and checks after it. Imports clients and judgement."""
