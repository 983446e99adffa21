"""Live nodes, their log lines, and the owners of rooms. Imports ports."""
