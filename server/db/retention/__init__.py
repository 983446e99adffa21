"""What is deleted with time or with an account, and what is exported. Imports every other package but maintenance."""
