"""SQL, a file a subject; the only package that imports asyncpg. Imports runtime, config and domain."""
