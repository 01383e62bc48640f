"""The main window: its frame, pages and dialogs, and the state it keeps between starts."""
