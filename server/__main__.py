"""`python -m server` is `rondo`."""

from server.cli import main

main()
