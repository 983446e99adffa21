"""What `rondo doctor` looks at: one file a part of the service, each of which answers when the part is down."""
