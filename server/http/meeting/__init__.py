"""Meeting others: history, blocks, cooldowns, introductions, invite codes. Imports the files of http itself only."""
