"""`python -m rondo` is `rondo`."""

from rondo import main

main()
