"""What users do during a fault: calls, conversations, signals. Imports clients, judgement and servers."""
