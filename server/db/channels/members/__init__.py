"""Members of channels: DMs, groups, the inbox, marks. Imports messages."""
