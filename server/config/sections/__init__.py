"""The settings by subject, and the types of their values. Imports no other package."""
