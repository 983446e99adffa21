"""WebSockets of aiohttp. Imports connection, routing and wire."""
