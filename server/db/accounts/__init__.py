"""Users, their sessions, e-mail addresses, codes and introductions. Imports safety and notifications."""
