"""Settings of the embedded database: small, durable, idle without load, reachable by one Unix socket."""

import sys
from pathlib import Path

SOCKET = ".s.PGSQL.5432"
PATH_BYTES = 107
"""The longest path of a Unix socket on Linux (`sun_path` less its final zero)."""


def options(major: int, sockets: Path, *, fsync: bool, connections: int) -> list[str]:
    """Return the settings as command-line options; nothing is written to the data, so an update of
    rondo changes them.
    """
    values = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{sockets}"',
        "unix_socket_permissions": "0700",
        "port": "5432",
        "max_connections": str(connections),
        "shared_buffers": "128MB",
        "synchronous_commit": "on",
        "fsync": "on" if fsync else "off",
        "full_page_writes": "on" if fsync else "off",
        "wal_compression": "on",
        # There are no replicas: less to write, and crash recovery stays short.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "512MB",
        # Only short statements: parallel plans and JIT compilation cost more than they save.
        "jit": "off",
        "max_parallel_workers_per_gather": "0",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # A statement contains texts of users, and an error detail e-mail addresses: neither belongs in a log.
        "log_min_messages": "fatal",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    if major >= 18:
        values["io_method"] = "sync"  # no three workers for a cache that fits in memory
        if sys.platform == "linux":
            # CREATE DATABASE ... STRATEGY file_copy by copy_file_range: the tests create hundreds, in 15 ms instead of
            # 120 each.
            values["file_copy_method"] = "clone"
    return [part for name, value in values.items() for part in ("-c", f"{name}={value}")]


def fits(sockets: Path) -> bool:
    """Return whether a socket can be in this folder: short enough, and without characters that
    split a setting or URL.
    """
    path = str(sockets / SOCKET)
    return len(path.encode()) <= PATH_BYTES and not set(path) & set('",:%\\\n') and path.isprintable()
