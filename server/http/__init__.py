"""The HTTP API: one file per resource, the table of routes, and the application that serves them. Imports everything
below app.
"""
