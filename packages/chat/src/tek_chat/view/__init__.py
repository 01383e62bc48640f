"""The immutable picture of a session, its wording and its exports. Pure."""
