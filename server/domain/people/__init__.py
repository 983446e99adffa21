"""Pure rules of friends, channels, messages and notifications."""
