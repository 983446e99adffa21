"""WebSockets of aiohttp. Imports server, connection, routing and wire."""
