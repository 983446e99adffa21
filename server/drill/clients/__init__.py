"""Scripted users and real WebRTC callers, and logs of what each of them received. Imports no other package."""
