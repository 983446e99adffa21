"""Friends, channels, files and notifications. Imports moderation."""
