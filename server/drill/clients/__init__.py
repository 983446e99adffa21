"""Scripted users and real WebRTC callers, and what each of them saw. Imports no other package."""
