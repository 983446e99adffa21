"""Live nodes, and the owners of rooms. Imports ports."""
