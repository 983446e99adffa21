"""Messages of channels: written, changed, found, shown. Imports the files of channels itself only."""
