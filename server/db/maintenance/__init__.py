"""The database as a whole: schema, identity, copies, and what an auditor sees. Imports accounts."""
