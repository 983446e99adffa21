"""Messages between nodes, in order or with a reset at both ends. Imports ports."""
