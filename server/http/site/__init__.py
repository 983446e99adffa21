"""Resources without an account: the page, the contracts, health, payments. Imports the files of http itself only."""
