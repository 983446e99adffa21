"""What users who stay in touch cost: messages, presence, calls beside messages, and a database full of messages."""
