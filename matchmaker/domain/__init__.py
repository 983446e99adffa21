"""Values and pure rules of (record, now). Imports the standard library and msgspec."""
