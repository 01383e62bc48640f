"""The list of sessions at the left."""
