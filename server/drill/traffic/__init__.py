"""What users do while a fault goes on: calls, conversations, signals. Imports drill_context and clients."""
