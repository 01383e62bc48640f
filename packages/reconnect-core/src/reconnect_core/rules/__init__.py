"""The rules of a session: pure decisions, which `io` acts on."""
