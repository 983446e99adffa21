"""Pure rules of friends, channels, messages and notifications. Imports no other package."""
