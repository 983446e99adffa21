"""Pure rules of accounts, safety and networks, and ports of the server. Imports matchmaker."""
