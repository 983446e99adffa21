"""Services: each operation loads, decides, commits and publishes. Imports domain and ports."""
