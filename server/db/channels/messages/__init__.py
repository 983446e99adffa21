"""Messages of channels: written, changed, found, shown. Imports no other package."""
