"""Clients for tests: the real programs, a session in this process, and bare connections."""
