"""The process: settings, wiring, HTTP, the ledger, start and stop."""
