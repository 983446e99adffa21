"""Users, their sessions, e-mail addresses, codes and introductions. Imports notifications and safety."""
