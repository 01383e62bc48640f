"""The terminal screen in a test, without a terminal."""
