"""What users do while a fault goes on: calls, conversations, signals. Imports clients, judgement and servers."""
