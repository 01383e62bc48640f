"""The outbox, the transcript and the cursor of each session, in one SQLite file."""
