"""Values and pure rules of (record, now), with the standard library and msgspec only. Imports no other package."""
