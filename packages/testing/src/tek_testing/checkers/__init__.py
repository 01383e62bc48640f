"""Judges of what a session came to: nothing lost, doubled, reordered or changed."""
