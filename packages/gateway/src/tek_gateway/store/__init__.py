"""The store: its protocol, group commit, readers, retention, and SQLite behind it."""
