"""The process: command line, wiring, start and stop; each package below says what it may import. Imports matchmaker and
signaling.
"""
