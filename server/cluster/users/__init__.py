"""Users between nodes: a hello, both ends of a link, moves to another node and back. Imports nodes, ports and wire."""
