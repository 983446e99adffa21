"""Resources without an account: the page, the contracts, health, payments. Imports no other package."""
