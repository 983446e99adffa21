"""SQL, one file per subject; the only package that imports asyncpg. Imports runtime, config and domain."""
