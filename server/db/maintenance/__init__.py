"""The database as a whole: schema, identity, copies, and reads of the drills. Imports accounts."""
