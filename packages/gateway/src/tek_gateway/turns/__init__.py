"""Turns: which messages are accepted, when each is answered, and how the answer is written."""
