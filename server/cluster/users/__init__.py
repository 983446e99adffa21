"""Users between nodes: a hello, both ends of a link, moves there and home. Imports nodes, ports and wire."""
