"""Reports, bans and appeals, and their enforcement. Imports everything from accounts down."""
