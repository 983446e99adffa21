"""Deletion by age or with an account, and export. Imports every other package but maintenance."""
