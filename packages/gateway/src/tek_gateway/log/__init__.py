"""The rules of a session's log, pure: entries, their positions, and what they fold into."""
