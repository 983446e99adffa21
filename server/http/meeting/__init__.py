"""Meeting others: history, blocks, cooldowns, introductions, invite codes. Imports no other package."""
