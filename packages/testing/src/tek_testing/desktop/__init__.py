"""A user at the desktop client, in this process or in one of its own."""
