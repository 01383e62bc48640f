"""The state of the connection: the status line, the connection page, checks and tokens."""
